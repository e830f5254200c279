-- The labels that begin with a batch, and how many records there are in their batches: of an erased one nobody knows any
-- more whose it was.
select s.salt, s.labels,
    (select array_agg(b.labels_offset order by b.batch) from batches b where b.domain = s.domain and b.labels_first = s.first) as starts,
    (select sum(b.records)::bigint from batches b where b.domain = s.domain and b.labels_first = s.first) as records
from label_sets s
where s.domain = $1 and s.first = $2
