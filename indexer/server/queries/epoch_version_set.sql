insert into epoch_versions (patient, version)
values ($1, $2)
on conflict (patient) do update set version = excluded.version
