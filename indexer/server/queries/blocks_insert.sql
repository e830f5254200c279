insert into blocks (number, hash, timestamp)
select * from unnest($1::bigint[], $2::bytea[], $3::bigint[])
on conflict (number) do nothing
