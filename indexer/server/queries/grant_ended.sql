-- Those too that were void already: the contract moves their slots on as well.
select terms from grants where patient = $1 and id = $2
