insert into label_sets (sequence, domain, first, span_log2, epoch, version, records, bundle, salt, commitment_salt, counts, labels)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
