insert into access_requests (patient, requester, request, expires)
values ($1, $2, $3, $4)
on conflict (patient, requester) do update set request = excluded.request, expires = excluded.expires
