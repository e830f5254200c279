insert into grants (patient, id, terms, given)
values ($1, $2, $3, $4)
on conflict (patient, id) do update
set terms = excluded.terms, revoked = null, given = excluded.given, revoked_at = null
