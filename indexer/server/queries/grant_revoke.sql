update grants set revoked = $3 where patient = $1 and id = $2
