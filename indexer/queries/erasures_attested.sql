select e.domain, e.batch, e.number, r.id
from erasures e
join records r on r.domain = e.domain and r.batch = e.batch and r.number = e.number
where e.state = 0
order by e.domain, e.batch, e.number
limit $1
