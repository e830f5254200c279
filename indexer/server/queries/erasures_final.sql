-- Labels of a later version than those of now say nothing of the record.
update erasures e
set state = 0, span_log2 = a.span_log2, version = coalesce(a.span_version, a.version)
from anchors a
where a.domain = e.domain and a.batch = e.batch and e.state = -1 and e.final_at < $1
