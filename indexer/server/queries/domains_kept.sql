select id from domains where custodian = $1 order by id limit $2
