select sequence, domain, first, span_log2, records, bundle, labels
from label_sets
where sequence > $1
order by sequence
limit 1
