with
    gone as (
        delete from records where domain = $1 and batch = $2 and number = $3 returning id, leaf, key_slot, key_generation
    ),
    kept as (
        insert into erased_leaves (domain, batch, number, leaf, id) select $1, $2, $3, leaf, id from gone on conflict do nothing
    ),
    condemned as (
        insert into condemned_keys (slot, generation) select key_slot, key_generation from gone on conflict do nothing
    ),
    forgotten as (delete from ciphertexts where record in (select id from gone))
update erasures set state = 1 where domain = $1 and batch = $2 and number = $3 and state = 0
