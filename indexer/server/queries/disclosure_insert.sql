insert into disclosures (patient, number, entry, previous, hash)
values ($1, $2, $3, $4, $5)
