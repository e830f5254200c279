select s.sequence, s.domain, s.first, s.span_log2, s.records,
    count(e.number) as erased, count(e.number) filter (where e.state > 0) as removed
from label_sets s
left join batches b on b.domain = s.domain and b.labels_first = s.first
left join erasures e on e.domain = b.domain and e.batch = b.batch
group by s.sequence
order by s.sequence
