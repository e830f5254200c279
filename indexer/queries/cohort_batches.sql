select batch, epoch, records
from batches
where domain = $1 and batch >= $2 and batch < $3 and sequence <= $4
order by batch desc
limit $5
