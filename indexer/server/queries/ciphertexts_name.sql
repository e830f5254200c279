-- In one order for all, so that nobody waits for who waits for them.
with ours as (
    select ciphertexts.record
    from ciphertexts
    join unnest($1::bytea[], $2::bytea[]) as named (record, hash)
        on ciphertexts.record = named.record and ciphertexts.hash = named.hash
    where ciphertexts.state > 0
    order by ciphertexts.record
    for update of ciphertexts
)
update ciphertexts set state = 2 from ours where ciphertexts.record = ours.record
