insert into organisations (id, admin, suspended)
values ($1, $2, false)
on conflict (id) do update set admin = excluded.admin, suspended = false
