select number, hash from disclosures where patient = $1 order by number desc limit 1
