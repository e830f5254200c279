select slot, generation from condemned_keys limit $1
