select patient from named
where account = $1 and exists (select from directory where account = named.patient)
order by block desc, patient
limit $2
