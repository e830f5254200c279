select exists (select from roles where account = $1)
    or exists (select from directory where account = $1)
    or exists (select from grants where patient = $1) as known
