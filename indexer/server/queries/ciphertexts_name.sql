update ciphertexts set state = 2
from unnest($1::bytea[], $2::bytea[]) as named (record, hash)
where ciphertexts.record = named.record and ciphertexts.hash = named.hash and ciphertexts.state > 0
