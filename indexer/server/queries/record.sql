select r.id, r.domain, r.batch, r.number, r.patient, r.slot, r.confidentiality, r.author, r.authored_at, r.row,
    r.key_slot, r.key_generation
from records r
where r.id = $1
  and not exists (select from withheld w where w.domain = r.domain and w.batch = r.batch and w.number = r.number)
