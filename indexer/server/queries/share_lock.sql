select 1 from shares where patient = $1 and grant_id = $2 for share
