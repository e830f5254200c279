update batches b
set labels_first = $2, labels_offset = numbered.before
from (
    select batch, (sum(records) over (order by batch) - records)::bigint as before
    from batches
    where domain = $1 and batch between $2 and $3
) numbered
where b.domain = $1 and b.batch = numbered.batch
