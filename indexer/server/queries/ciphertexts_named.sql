select c.record, c.hash, c.length
from ciphertexts c
join records r on r.id = c.record
where c.state = 2 and c.record > $1
order by c.record
limit $2
