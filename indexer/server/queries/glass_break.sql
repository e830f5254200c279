insert into glasses (patient, clinician, opened_at, organisations, until, reason, review_by)
values ($1, $2, $3, (select coalesce(array_agg(r.organisation order by r.organisation), '{}') from roles r join organisations o on o.id = r.organisation
    where r.account = $2 and r.roles & 1 = 1 and r.until > $3 and not o.suspended), $4, $5, $6)
on conflict do nothing
