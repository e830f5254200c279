lock table batches in share row exclusive mode
