update domains set next_batch = greatest(next_batch, $2::bigint + 1) where id = $1
