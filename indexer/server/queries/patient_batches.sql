select s.first, s.span_log2, s.epoch, array_agg(b.labels_offset + r.number order by r.batch, r.number) as numbers
from records r
join batches b on b.domain = r.domain and b.batch = r.batch
join label_sets s on s.domain = b.domain and s.first = b.labels_first
where r.patient = $1 and r.domain = $2 and r.batch >= $3 and r.batch < $4 and s.sequence <= $5
  and not exists (select from erasures e where e.domain = r.domain and e.batch = r.batch and e.number = r.number)
group by s.first, s.span_log2, s.epoch
order by s.first desc
limit $6
