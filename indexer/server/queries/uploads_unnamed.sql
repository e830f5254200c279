select coalesce(sum(length), 0)::bigint as bytes from ciphertexts where organisation = $1 and state < 2
