-- In one order for all, so that nobody waits for who waits for them.
with gone as (select record from ciphertexts where record = any($1) order by record for update)
delete from ciphertexts using gone where ciphertexts.record = gone.record
