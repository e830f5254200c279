select records from anchors where domain = $1 and batch between $2 and $3 order by batch
