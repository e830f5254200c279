delete from condemned_keys
where (slot, generation) in (select * from unnest($1::bigint[], $2::bigint[]))
