update anchors
set span_log2 = $4, span_version = $5, span_commitment = $6
where domain = $1 and batch between $2 and $3
