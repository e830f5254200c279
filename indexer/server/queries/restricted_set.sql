insert into restricted_slots (patient, slots)
values ($1, $2)
on conflict (patient) do update set slots = excluded.slots
