select number from erasures where domain = $1 and batch = $2 order by number
