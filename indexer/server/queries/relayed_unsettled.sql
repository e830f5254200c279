select digest from relayed_calls where transaction is not null and block is null and digest > $1 order by digest limit $2
