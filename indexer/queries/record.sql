select id, domain, batch, number, patient, slot, confidentiality, author, authored_at, row
from records
where id = $1
