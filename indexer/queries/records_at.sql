select id, domain, batch, number, patient, slot, confidentiality, author, authored_at
from records
where domain = $1 and batch = $2 and number = any($3)
order by number
