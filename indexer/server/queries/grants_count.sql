select count(*) as total from grants where patient = $1 and id < 2147483648
