select record_root, index_commitment, manifest, records, version, anchored_at
from anchors
where domain = $1 and batch = $2
