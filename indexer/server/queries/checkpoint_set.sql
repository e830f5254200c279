insert into checkpoint (number, hash)
values ($1, $2)
on conflict (only_row) do update set number = excluded.number, hash = excluded.hash
