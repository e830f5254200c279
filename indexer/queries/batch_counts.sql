select salt, counts from batches where domain = $1 and batch = $2
