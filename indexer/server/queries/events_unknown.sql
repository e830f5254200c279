select e.block, e.index, e.contract, e.topic, e.data, b.timestamp
from events e
join blocks b on b.number = e.block
where not e.known
order by e.block, e.index
limit $1
