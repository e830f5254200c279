-- What waits to be swept because its keys were lost (added_at = 0) is nobody's fault, and counts against nobody.
select coalesce(sum(length), 0)::bigint as bytes from ciphertexts where organisation = $1 and state < 2 and added_at > 0
