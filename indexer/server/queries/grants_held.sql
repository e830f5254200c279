select id, terms from grants where patient = $1 and revoked is null order by id desc limit $2
