insert into glasses (patient, clinician, opened_at, organisations, until, reason, review_by)
values ($1, $2, $3, (select coalesce(array_agg(organisation order by organisation), '{}') from roles where account = $2 and roles & 1 = 1), $4, $5, $6)
on conflict do nothing
