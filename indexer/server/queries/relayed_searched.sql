update relayed_calls set since = $3 where digest = $1 and transaction = $2 and block is null and since < $3
