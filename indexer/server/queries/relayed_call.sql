select transaction, transaction_nonce, since, last_block, block, block_hash, extrinsic, failed from relayed_calls where digest = $1
