delete from proposals where id = $1
