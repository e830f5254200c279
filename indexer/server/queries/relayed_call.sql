select transaction, transaction_nonce, since, block, block_hash, extrinsic, failed from relayed_calls where digest = $1
