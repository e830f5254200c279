update proposals set votes = $2 where id = $1
