-- Labels of a later version than those of now say nothing of the record. One whose leaf alone is left was removed before the
-- projections were made again.
update erasures e
set span_log2 = a.span_log2, version = coalesce(a.span_version, a.version),
    state = case when exists (
        select from erased_leaves l where l.domain = e.domain and l.batch = e.batch and l.number = e.number
    ) then 1 else 0 end
from anchors a
where a.domain = e.domain and a.batch = e.batch and e.state = -1 and e.final_at < $1
