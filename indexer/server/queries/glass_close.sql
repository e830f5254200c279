update glasses set until = least(until, $4) where patient = $1 and clinician = $2 and opened_at = $3
