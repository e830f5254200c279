insert into key_bundles (account, hash, bundle)
values ($1, $2, $3)
on conflict (account) do update set hash = excluded.hash, bundle = excluded.bundle
