select sequence, domain, batch, records, bundle, labels
from batches
where sequence > $1
order by sequence
limit 1
