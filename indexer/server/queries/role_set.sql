insert into roles (account, roles, organisation, until)
values ($1, $2, $3, $4)
on conflict (account) do update
set roles = excluded.roles, organisation = excluded.organisation, until = excluded.until
