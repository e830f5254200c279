select unnest(organisations) as organisation from glasses where patient = $1 and clinician = $2 and opened_at = $3
