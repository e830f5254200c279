select count(*) as erasures
from erasures e
join batches b on b.domain = e.domain and b.batch = e.batch
join label_sets s on s.domain = b.domain and s.first = b.labels_first
where e.state = 1 and (s.span_log2, s.version) > (e.span_log2, e.version)
