-- In one order for all, so that no two uploads wait for each other.
with ours as (select record from ciphertexts where record = any($1) and state = 0 order by record for update)
update ciphertexts set state = 1 from ours where ciphertexts.record = ours.record
