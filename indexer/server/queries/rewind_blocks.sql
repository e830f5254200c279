delete from blocks where number > $1
