select deposit, key_slot, key_generation from shares where patient = $1 and grant_id = $2
