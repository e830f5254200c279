-- Revoked ones too: a disclosure outlives its grant.
select id, terms from grants where patient = $1 and id = any($2)
