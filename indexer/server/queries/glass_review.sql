-- One that was not justified is closed by it.
update glasses set reviewed = true, until = least(until, coalesce($4, until))
where patient = $1 and clinician = $2 and opened_at = $3
