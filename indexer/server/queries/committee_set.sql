with gone as (delete from committee_members where account <> all ($1::bytea[]))
insert into committee_members (account)
select unnest($1::bytea[])
on conflict do nothing
