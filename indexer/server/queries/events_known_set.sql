update events
set known = $3
where block = $1 and index = $2 and known <> $3
