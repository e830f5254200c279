select e.domain, b.labels_first as first, b.labels_offset + e.number as label_number, e.batch, e.number, r.id
from erasures e
join records r on r.domain = e.domain and r.batch = e.batch and r.number = e.number
join batches b on b.domain = e.domain and b.batch = e.batch
where e.state = 0
order by e.domain, e.batch, e.number
limit $1
