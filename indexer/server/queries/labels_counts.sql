select s.salt, s.counts,
    (select array_agg(b.labels_offset order by b.batch) from batches b where b.domain = s.domain and b.labels_first = s.first) as starts
from label_sets s
where s.domain = $1 and s.first = $2
