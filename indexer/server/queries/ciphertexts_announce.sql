insert into ciphertexts (record, hash, length, organisation, added_at)
select record, hash, length, $4, $5
from unnest($1::bytea[], $2::bytea[], $3::bigint[]) as uploaded (record, hash, length)
on conflict (record) do update set added_at = excluded.added_at,
    -- Whoever has the bytes may send them for a batch of its own, until one names them.
    organisation = case when ciphertexts.state < 2 then excluded.organisation else ciphertexts.organisation end
where ciphertexts.hash = excluded.hash and ciphertexts.length = excluded.length
returning record, state
