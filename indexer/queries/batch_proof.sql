select b.records, b.epoch, b.version, b.commitment_salt, b.labels, a.version as anchored,
    exists (select from erasures e where e.domain = b.domain and e.batch = b.batch and e.version >= b.version) as erased
from batches b
join anchors a on a.domain = b.domain and a.batch = b.batch
where b.domain = $1 and b.batch = $2
