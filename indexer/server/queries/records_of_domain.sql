select r.id, r.domain, r.batch, r.number, r.patient, r.slot, r.confidentiality, r.author, r.authored_at
from records r
where r.domain = $1 and (r.batch, r.number) > ($2, $3) and r.batch < $4
  and not exists (select from erasures e where e.domain = r.domain and e.batch = r.batch and e.number = r.number)
order by r.batch, r.number
limit $5
