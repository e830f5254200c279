select count(*) as total from grants where patient = $1
