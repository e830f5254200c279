with grown as (
    update domains set next_batch = greatest(next_batch, $2::bigint + 1) where id = $1
)
insert into anchors (domain, batch, record_root, index_commitment, manifest, records, version, anchored_at, block)
values ($1, $2, $3, $4, $5, $6, 0, $7, $8)
on conflict (domain, batch) do update
set record_root = excluded.record_root, index_commitment = excluded.index_commitment, manifest = excluded.manifest,
    records = excluded.records, version = 0, span_log2 = 0, span_version = null, span_commitment = null,
    anchored_at = excluded.anchored_at, block = excluded.block
