select record from ciphertexts where record = any($1)
