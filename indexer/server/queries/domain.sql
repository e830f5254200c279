select custodian, epoch, key, next_batch from domains where id = $1
