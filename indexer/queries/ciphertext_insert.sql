insert into ciphertexts (record, hash, length, organisation)
values ($1, $2, $3, $4)
on conflict (record) do nothing
