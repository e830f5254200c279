-- How many rows each projection has, and a sum over the hashes of all of them.
select name, count(*) as rows, coalesce(sum(('x' || substr(md5(line), 1, 15))::bit(60)::bigint), 0)::text as digest
from (
    select 'organisations' as name, t::text as line from organisations t
    union all select 'roles', t::text from roles t
    union all select 'directory', t::text from directory t
    union all select 'grants', t::text from grants t
    union all select 'restricted_slots', t::text from restricted_slots t
    union all select 'domains', t::text from domains t
    union all select 'anchors', t::text from anchors t
    union all select 'named', t::text from named t
    union all select 'notifications', t::text from notifications t
    union all select 'committee_members', t::text from committee_members t
    union all select 'guardianships', t::text from guardianships t
    union all select 'access_requests', t::text from access_requests t
    union all select 'glasses', t::text from glasses t
    union all select 'proposals', t::text from proposals t
    union all select 'erasure_requests', t::text from erasure_requests t
    union all select 'erasure_events', t::text from erasure_events t
    -- How far an erasure has come is not from the chain.
    union all select 'erasures', (t.domain, t.batch, t.number, t.version, t.span_log2)::text from erasures t
) lines
group by name
order by name
