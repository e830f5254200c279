-- Projections that were made again know of erasures that they were asked for. Those of which the leaf alone is left were final.
update erasures e
set state = 1, span_log2 = a.span_log2, version = coalesce(a.span_version, a.version)
from anchors a, erased_leaves l
where a.domain = e.domain and a.batch = e.batch and l.domain = e.domain and l.batch = e.batch and l.number = e.number
