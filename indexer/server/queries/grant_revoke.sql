update grants set revoked = $3, revoked_at = $4 where patient = $1 and id = $2
