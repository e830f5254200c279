select terms from grants where patient = $1 and id = $2 and revoked is null
