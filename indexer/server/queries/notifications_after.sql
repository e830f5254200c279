-- The next page of what concerns somebody: of each audience no more than one, from its part of the primary key. Of erasures those
-- too that are of the patient's own records, as long as their rows are there; what comes after the page is not looked at.
with heard as materialized (
    select distinct l.block, l.index
    from unnest($1::bytea[]) as a (audience)
    cross join lateral (
        select n.block, n.index
        from notifications n
        where n.audience = a.audience and (n.block, n.index) > ($2, $3)
        order by n.block, n.index
        limit $5
    ) l
    order by l.block, l.index
    limit $5
), page_end as materialized (
    select case when count(*) = $5 then max(block) else 9223372036854775807 end as block
    from heard
), found as (
    select block, index
    from heard
    union
    select x.block, x.index
    from erasure_events x
    where (x.block, x.index) > ($2, $3)
        and x.block <= (select p.block from page_end p)
        -- By the keys of both tables, one event after the other: `offset 0` keeps it from becoming a join of all.
        and exists (
            select
            from erasure_requests q
            join records r on r.domain = q.domain and r.batch = q.batch and r.number = any(q.numbers)
            where q.domain = x.domain and q.request = x.request and r.patient = $4
            offset 0
        )
)
select n.block, n.index, e.contract, e.topic, e.data, b.hash, b.timestamp
from (select block, index from found order by block, index limit $5) n
join events e on e.block = n.block and e.index = n.index
join blocks b on b.number = n.block
order by n.block, n.index
