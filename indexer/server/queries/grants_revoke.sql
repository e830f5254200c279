update grants set revoked = $5, revoked_at = $6
where patient = $1 and revoked is null and (id <= $2 or id between $3 and $4)
