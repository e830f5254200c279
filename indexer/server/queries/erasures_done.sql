update erasures e
set state = 2
from batches b
join label_sets s on s.domain = b.domain and s.first = b.labels_first
where b.domain = e.domain and b.batch = e.batch and e.state = 1 and (s.span_log2, s.version) > (e.span_log2, e.version)
