select e.block, e.index, e.contract, e.topic, e.data, coalesce(b.timestamp, 0) as timestamp
from events e
join blocks b on b.number = e.block
where e.block between $1 and $2
order by e.block, e.index
