insert into grants (patient, id, terms)
values ($1, $2, $3)
on conflict (patient, id) do update set terms = excluded.terms, revoked = null
