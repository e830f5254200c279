select r.id, r.domain, r.batch, r.number, r.patient, r.slot, r.confidentiality, r.author, r.authored_at
from records r
where r.domain = $1 and (r.batch, r.number) > ($2, $3) and r.batch < $4
  and not exists (select from withheld w where w.domain = r.domain and w.batch = r.batch and w.number = r.number)
order by r.batch, r.number
limit $5
