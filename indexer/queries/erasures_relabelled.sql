select count(*) as erasures
from erasures e
join batches b on b.domain = e.domain and b.batch = e.batch
where e.state = 1 and b.version > e.version
