insert into named (account, patient, block)
select account, $2, $3 from unnest($1::bytea[]) as accounts (account)
on conflict (account, patient) do update
set block = excluded.block
