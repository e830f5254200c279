-- As the view `withheld`, of a record whose row is not here: whose it is says who shows it, with its proof.
select exists (
    select from erasures e
    where e.domain = $1 and e.batch = $2 and e.number = $3
      and (e.state >= 0
        or exists (
            select from erasure_voices v
            where v.domain = e.domain and v.request = e.request and (v.by_admin or v.account = $4)))
) as withheld
