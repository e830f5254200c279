select r.id, r.domain, r.batch, r.number, r.patient, r.slot, r.confidentiality, r.author, r.authored_at
from records r
join domains d on d.id = r.domain
where r.id = any($1) and d.custodian = $2
  and not exists (select from withheld w where w.domain = r.domain and w.batch = r.batch and w.number = r.number)
