insert into records (
    domain, batch, id, number, patient, slot, confidentiality, author, authored_at, row, leaf, key_slot, key_generation)
select $1, $2, * from unnest(
    $3::bytea[], $4::bigint[], $5::bytea[], $6::smallint[], $7::smallint[], $8::bytea[], $9::bigint[], $10::bytea[], $11::bytea[],
    $12::bigint[], $13::bigint[]) as fresh (
    id, number, patient, slot, confidentiality, author, authored_at, line, leaf, key_slot, key_generation)
-- The name of an erased record is taken for good: what is told of it is its custodian's.
where not exists (select from erased_leaves e where e.id = fresh.id)
order by fresh.id
on conflict (id) do nothing
