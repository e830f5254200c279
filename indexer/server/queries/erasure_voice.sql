insert into erasure_voices (domain, request, account, by_admin)
values ($1, $2, $3, $4)
on conflict (domain, request, account) do update set by_admin = erasure_voices.by_admin or excluded.by_admin
