delete from shares where patient = $1 and (grant_id <= $2 or grant_id between $3 and $4)
