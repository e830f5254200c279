select records, epoch, version, commitment_salt, labels from batches where domain = $1 and batch = $2
