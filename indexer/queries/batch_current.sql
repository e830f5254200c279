select b.version
from batches b
join anchors a on a.domain = b.domain and a.batch = b.batch
where b.domain = $1 and b.batch = $2 and b.version = a.version
  and not exists (select from erasures e where e.domain = b.domain and e.batch = b.batch and e.version >= b.version)
