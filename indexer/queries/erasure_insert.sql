insert into erasures (domain, batch, number, version)
select $1, $2, $3, a.version
from anchors a
where a.domain = $1 and a.batch = $2
on conflict (domain, batch, number) do nothing
