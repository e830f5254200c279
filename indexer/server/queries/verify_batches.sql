-- Batches that have not as many records as they were stored with, no anchor, or no labels.
select b.domain, b.batch, b.records, count(r.id) as found,
    exists (select from anchors a where a.domain = b.domain and a.batch = b.batch) as anchored,
    exists (select from label_sets s where s.domain = b.domain and s.first = b.labels_first) as labelled
from batches b
left join records r on r.domain = b.domain and r.batch = b.batch
group by b.domain, b.batch
having count(r.id) <> b.records
    or not exists (select from anchors a where a.domain = b.domain and a.batch = b.batch)
    or not exists (select from label_sets s where s.domain = b.domain and s.first = b.labels_first)
order by b.domain, b.batch
limit $1
