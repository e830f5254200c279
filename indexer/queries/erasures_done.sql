update erasures e
set state = 2
from batches b
where b.domain = e.domain and b.batch = e.batch and e.state = 1 and b.version > e.version
