select e.block, e.index, e.contract, e.topic, e.data, b.timestamp
from events e
join blocks b on b.number = e.block
where (e.block, e.index) > ($1, $2)
order by e.block, e.index
limit $3
