delete from relayed_calls where day < $1 and (block is not null or transaction is null)
