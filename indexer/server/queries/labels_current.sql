select s.first, s.span_log2, s.version
from batches b
join label_sets s on s.domain = b.domain and s.first = b.labels_first
join anchors a on a.domain = b.domain and a.batch = b.batch
where b.domain = $1 and b.batch = $2
  and s.span_log2 = a.span_log2 and s.version = coalesce(a.span_version, a.version)
  and not exists (
    select from erasures e
    where e.domain = s.domain and e.batch >= s.first and e.batch < s.first + (1 << s.span_log2)
      and (e.state >= 0 and (e.span_log2, e.version) >= (s.span_log2, s.version)
        or e.state < 0 and exists (
          select from withheld w where w.domain = e.domain and w.batch = e.batch and w.number = e.number)))
