select r.id, r.domain, r.batch, r.number, r.patient, r.slot, r.confidentiality, r.author, r.authored_at, r.row,
    r.key_slot, r.key_generation
from records r
where r.id = $1
  and not exists (select from erasures e where e.domain = r.domain and e.batch = r.batch and e.number = r.number)
