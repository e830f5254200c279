select record, hash, length from ciphertexts where record = $1 and organisation = $2
