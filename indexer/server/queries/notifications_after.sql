-- Of erasures those too that are of the patient's own records, as long as their rows are there.
select n.block, n.index, e.contract, e.topic, e.data, b.hash, b.timestamp
from (
    select block, index
    from notifications
    where audience = any($1::bytea[]) and (block, index) > ($2, $3)
    union
    select x.block, x.index
    from records r
    join erasure_requests q on q.domain = r.domain and q.batch = r.batch and r.number = any(q.numbers)
    join erasure_events x on x.domain = q.domain and x.request = q.request
    where r.patient = $4 and (x.block, x.index) > ($2, $3)
) n
join events e on e.block = n.block and e.index = n.index
join blocks b on b.number = n.block
order by n.block, n.index
limit $5
