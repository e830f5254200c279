update anchors set version = $3, index_commitment = $4 where domain = $1 and batch = $2
