select number, entry, previous, hash
from disclosures
where patient = $1 and number > $2 and at between $3 and $4
order by number
limit $5
