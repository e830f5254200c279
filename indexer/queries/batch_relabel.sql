update batches
set sequence = $3, version = $4, epoch = $5, bundle = $6, salt = $7, commitment_salt = $8, counts = $9, labels = $10
where domain = $1 and batch = $2 and version < $4
