-- Revoked ones too.
select id, terms, given, revoked_at from grants where patient = $1 and id > $2 order by id limit $3
