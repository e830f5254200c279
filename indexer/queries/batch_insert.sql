insert into batches (sequence, domain, batch, epoch, records, bundle, salt, commitment_salt, counts, labels, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
