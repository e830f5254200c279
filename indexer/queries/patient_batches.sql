select r.batch, b.epoch, array_agg(r.number order by r.number) as numbers
from records r
join batches b on b.domain = r.domain and b.batch = r.batch
where r.patient = $1 and r.domain = $2 and r.batch >= $3 and r.batch < $4 and b.sequence <= $5
  and not exists (select from erasures e where e.domain = r.domain and e.batch = r.batch and e.number = r.number)
group by r.batch, b.epoch
order by r.batch desc
limit $6
