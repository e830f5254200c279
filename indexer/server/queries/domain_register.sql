insert into domains (id, custodian, epoch, key, next_batch)
values ($1, $2, 0, $3, 0)
on conflict (id) do update set custodian = excluded.custodian, epoch = 0, key = excluded.key, next_batch = 0
