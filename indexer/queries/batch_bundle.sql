select bundle from batches where sequence = $1
