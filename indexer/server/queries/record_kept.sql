select exists (
    select from (
        select domain from records where id = $1 union all select domain from erased_leaves where id = $1
    ) r
    join domains d on d.id = r.domain and d.custodian = $2
) as kept
