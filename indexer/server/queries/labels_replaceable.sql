-- Every batch of the span is stored, and none has such labels, or later ones.
select count(*) = $3::bigint - $2::bigint + 1 and coalesce(bool_and((s.span_log2, s.version) < ($4::smallint, $5::integer)), false) as replaceable
from batches b
join label_sets s on s.domain = b.domain and s.first = b.labels_first
where b.domain = $1 and b.batch between $2 and $3
