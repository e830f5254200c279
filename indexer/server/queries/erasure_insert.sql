insert into erasures (domain, batch, number, span_log2, version, request, final_at)
select $1, $2, numbers.number, a.span_log2, coalesce(a.span_version, a.version), $4, $5
from anchors a, unnest($3::bigint[]) as numbers (number)
where a.domain = $1 and a.batch = $2
on conflict (domain, batch, number) do nothing
