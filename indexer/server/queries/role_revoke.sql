delete from roles where account = $1 and ($2::bigint is null or organisation = $2)
