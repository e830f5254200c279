delete from events where block > $1
