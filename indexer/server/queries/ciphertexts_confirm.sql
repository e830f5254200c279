update ciphertexts set state = 1 where record = any($1) and state = 0
