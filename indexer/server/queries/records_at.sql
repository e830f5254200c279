select r.id, r.domain, r.batch, r.number, r.patient, r.slot, r.confidentiality, r.author, r.authored_at
from records r
where r.domain = $1 and r.batch = $2 and r.number = any($3)
  and not exists (select from withheld w where w.domain = r.domain and w.batch = r.batch and w.number = r.number)
order by r.number
