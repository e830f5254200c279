select id, proposer, action, expires, votes from proposals where expires > $1 order by id limit $2
