insert into guardianships (patient, guardian, begins, until, ends)
select $1, unnest($2::bytea[]), $3, $4, $4
on conflict (patient, guardian, begins) do update set until = excluded.until, ends = excluded.ends
