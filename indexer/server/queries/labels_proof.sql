select records, epoch, version, commitment_salt, labels
from label_sets
where domain = $1 and first = $2 and span_log2 = $3 and version = $4
