-- Batches that have not as many records, or leaves of erased ones, as they were stored with, no anchor, or no labels.
with counted as (
    select b.domain, b.batch, b.records,
        (select count(*) from records r where r.domain = b.domain and r.batch = b.batch)
            + (select count(*) from erased_leaves l where l.domain = b.domain and l.batch = b.batch) as found,
        exists (select from anchors a where a.domain = b.domain and a.batch = b.batch) as anchored,
        exists (select from label_sets s where s.domain = b.domain and s.first = b.labels_first) as labelled
    from batches b
)
select domain, batch, records, found, anchored, labelled
from counted
where found <> records or not anchored or not labelled
order by domain, batch
limit $1
