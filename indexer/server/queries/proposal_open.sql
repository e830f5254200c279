insert into proposals (id, proposer, action, expires, votes)
values ($1, $2, $3, $4, 1)
on conflict (id) do nothing
