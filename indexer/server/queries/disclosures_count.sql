select count(*) as total from disclosures where patient = $1 and at between $2 and $3
