select hash, bundle from key_bundles where account = $1
