select record from ciphertexts where record = any($1) and organisation <> $2 limit 1
