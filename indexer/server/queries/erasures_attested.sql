-- A row that went with lost erasure keys has left its name with its leaf.
select e.domain, b.labels_first as first, b.labels_offset + e.number as label_number, e.batch, e.number, r.id
from erasures e
join lateral (
    select id from records r where r.domain = e.domain and r.batch = e.batch and r.number = e.number
    union all
    select id from erased_leaves l
    where l.domain = e.domain and l.batch = e.batch and l.number = e.number and l.id is not null
) r on true
join batches b on b.domain = e.domain and b.batch = e.batch
where e.state = 0
order by e.domain, e.batch, e.number
limit $1
