insert into erasure_events (domain, request, block, index)
values ($1, $2, $3, $4)
on conflict do nothing
