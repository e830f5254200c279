select pg_advisory_xact_lock(1, hashtext(encode($1, 'hex')))
