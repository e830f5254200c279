select b.labels_offset + e.number as number
from erasures e
join batches b on b.domain = e.domain and b.batch = e.batch
where e.domain = $1 and b.labels_first = $2 and e.state >= 0
order by 1
