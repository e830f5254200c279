select b.batch, b.labels_offset, s.first, s.span_log2, s.epoch
from batches b
join label_sets s on s.domain = b.domain and s.first = b.labels_first
where b.domain = $1 and b.batch = any($2) and s.sequence <= $3
order by s.first desc, b.batch
