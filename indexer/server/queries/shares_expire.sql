-- By the wall clock and by the chain's: a clock that is wrong destroys nothing.
with
    now as (
        select least($1, coalesce(max(timestamp), 0)) as time
        from (select timestamp from blocks order by number desc limit 64) last
    ),
    gone as (
        delete from shares where until <= (select time from now) returning key_slot, key_generation
    )
insert into condemned_keys (slot, generation) select key_slot, key_generation from gone on conflict do nothing
