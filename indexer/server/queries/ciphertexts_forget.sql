delete from ciphertexts where record = any($1)
