insert into roles (account, roles, organisation, until)
values ($1, $2, $3, $4)
on conflict (account, organisation) do update
set roles = excluded.roles, until = excluded.until
