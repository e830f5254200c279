select patient, requester, request from access_requests
where (patient = $1 or requester = $1) and expires > $2
order by expires, patient, requester
limit $3
