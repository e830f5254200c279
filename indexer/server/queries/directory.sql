select version, key, bundle from directory where account = $1
