select d.custodian, a.record_root, a.index_commitment, a.manifest, a.records, a.version, a.anchored_at, a.span_log2, a.span_version,
    a.span_commitment
from anchors a
join domains d on d.id = a.domain
where a.domain = $1 and a.batch = $2
