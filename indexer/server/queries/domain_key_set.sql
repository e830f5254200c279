update domains set epoch = $2, key = $3 where id = $1
