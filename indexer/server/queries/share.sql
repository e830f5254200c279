select deposit from shares where patient = $1 and grant_id = $2
