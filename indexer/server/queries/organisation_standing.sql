update organisations set suspended = $2 where id = $1
