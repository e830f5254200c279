select s.first, s.span_log2, s.epoch,
    array_agg(b.labels_offset order by b.batch) as starts,
    array_agg(b.records order by b.batch) as records
from batches b
join label_sets s on s.domain = b.domain and s.first = b.labels_first
where b.domain = $1 and b.batch >= $2 and b.batch < $3 and s.sequence <= $4
group by s.first, s.span_log2, s.epoch
order by s.first desc
limit $5
