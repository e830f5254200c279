insert into events (block, index, contract, topic, data, known)
select * from unnest($1::bigint[], $2::integer[], $3::bytea[], $4::bytea[], $5::bytea[], $6::boolean[])
on conflict (block, index) do nothing
returning block, index
