select number, hash from checkpoint
