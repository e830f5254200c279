select r.id, r.domain, r.batch, r.number, r.patient, r.slot, r.confidentiality, r.author, r.authored_at
from records r
where r.patient = $1 and r.domain = $2 and r.batch >= $3 and r.batch < $4
  and not exists (select from withheld w where w.domain = r.domain and w.batch = r.batch and w.number = r.number)
order by r.batch desc, r.number
limit $5
