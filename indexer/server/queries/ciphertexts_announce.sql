insert into ciphertexts (record, hash, length, organisation, added_at)
select record, hash, length, $4, $5
from unnest($1::bytea[], $2::bytea[], $3::bigint[]) as uploaded (record, hash, length)
on conflict (record) do update set added_at = excluded.added_at
where ciphertexts.hash = excluded.hash and ciphertexts.length = excluded.length
returning record, state
