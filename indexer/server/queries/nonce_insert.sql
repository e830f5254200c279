insert into nonces (account, nonce, expires)
values ($1, $2, $3)
on conflict (account, nonce) do nothing
