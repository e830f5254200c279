select transaction, transaction_nonce, since, expires, block, block_hash, extrinsic, failed from relayed_calls where digest = $1
