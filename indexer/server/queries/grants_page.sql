-- Revoked ones too; none that was passed on (its number has this bit): it falls with what it came from, which no event tells.
select id, terms, given, revoked_at from grants where patient = $1 and id > $2 and id < 2147483648 order by id limit $3
