-- To whom the grants were given that ended with the event.
select distinct terms from grants
where patient = $1 and revoked = $2 and (id <= $3 or id between $4 and $5)
