-- What the lost keys wrapped is gone as an erased record is: its leaf and its name stay, since the proofs of others and the log
-- need them. Its ciphertext opens nothing any more: it is swept before all others, and takes no room that uploads wait for.
with
    shares_gone as (delete from shares returning grant_id),
    gone as (delete from records returning domain, batch, number, leaf, id),
    kept as (
        insert into erased_leaves (domain, batch, number, leaf, id)
        select domain, batch, number, leaf, id from gone
        on conflict do nothing
    ),
    useless as (update ciphertexts set state = 1, added_at = 0 where record in (select id from gone) and state = 2),
    condemned as (delete from condemned_keys),
    named as (update erasure_key_set set id = $1)
select (select count(*) from gone) as records, (select count(*) from shares_gone) as shares
