update domains set custodian = $2 where custodian = $1
