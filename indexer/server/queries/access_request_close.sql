delete from access_requests where patient = $1 and requester = $2
