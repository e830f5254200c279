select exists (
    select from records r join domains d on d.id = r.domain and d.custodian = $2 where r.id = $1
) as kept
