select leaf from records where domain = $1 and batch = $2 order by number
