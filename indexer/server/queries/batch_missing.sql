select number
from generate_series($2::bigint, $3::bigint) number
where not exists (select from batches b where b.domain = $1 and b.batch = number)
order by number
limit 1
