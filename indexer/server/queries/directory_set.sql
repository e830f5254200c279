insert into directory (account, version, key, bundle)
values ($1, $2, $3, $4)
on conflict (account) do update
set version = excluded.version, key = excluded.key, bundle = excluded.bundle
