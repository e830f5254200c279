with gone as (
    delete from shares where patient = $1 and grant_id = $2 returning key_slot, key_generation
)
insert into condemned_keys (slot, generation) select key_slot, key_generation from gone on conflict do nothing
