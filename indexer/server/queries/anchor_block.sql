select block from anchors where domain = $1 and batch = $2
