insert into notifications (audience, block, index)
select * from unnest($1::bytea[], $2::bigint[], $3::integer[])
on conflict do nothing
