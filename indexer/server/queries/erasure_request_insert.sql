insert into erasure_requests (domain, request, batch, numbers)
values ($1, $2, $3, $4)
on conflict do nothing
