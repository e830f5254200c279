select digest from relayed_calls where transaction is not null and block is null order by since limit $1
