select number, entry, previous, hash
from disclosures
where patient = $1 and number > $2
order by number
limit $3
