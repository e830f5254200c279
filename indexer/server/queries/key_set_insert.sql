insert into erasure_key_set (id) values ($1)
