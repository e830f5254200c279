insert into records (
    domain, batch, id, number, patient, slot, confidentiality, author, authored_at, row, leaf, key_slot, key_generation)
select $1, $2, * from unnest(
    $3::bytea[], $4::bigint[], $5::bytea[], $6::smallint[], $7::smallint[], $8::bytea[], $9::bigint[], $10::bytea[], $11::bytea[],
    $12::bigint[], $13::bigint[])
on conflict (id) do nothing
