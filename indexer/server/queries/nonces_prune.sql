delete from nonces where expires < $1
