select number, hash from blocks where number between $1 and $2 order by number
