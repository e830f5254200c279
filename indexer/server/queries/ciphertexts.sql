select record, hash, length from ciphertexts where record = any($1) and state > 0
