select 1 from batches where domain = $1 and batch = $2
