insert into erasures (domain, batch, number, span_log2, version)
select $1, $2, $3, a.span_log2, coalesce(a.span_version, a.version)
from anchors a
where a.domain = $1 and a.batch = $2
on conflict (domain, batch, number) do nothing
