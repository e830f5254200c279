select id from erasure_key_set
