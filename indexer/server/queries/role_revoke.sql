delete from roles where account = $1
