insert into glasses (patient, clinician, opened_at, organisation, until, reason, review_by)
values ($1, $2, $3, (select organisation from roles where account = $2), $4, $5, $6)
on conflict do nothing
