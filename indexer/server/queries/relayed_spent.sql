select coalesce(sum(attempts) filter (where signer = $1), 0)::bigint as by_signer,
    coalesce(sum(attempts) filter (where patient = $2 and capacity = $3), 0)::bigint as by_capacity,
    coalesce(sum(attempts) filter (where before_activation and (invited_by is not null) = $5), 0)::bigint as newcomers,
    coalesce(sum(attempts) filter (
        where before_activation and (invited_by is not null) = $5 and named is not distinct from $4
    ), 0)::bigint as naming,
    coalesce(sum(attempts), 0)::bigint as in_all,
    least(coalesce(sum(costs), 0), 9223372036854775807)::bigint as cost,
    least(coalesce(sum(costs) filter (where patient = $2), 0), 9223372036854775807)::bigint as cost_of_patient,
    coalesce((select held from relayed_deposits where patient = $2), 0) as held,
    (
        select least(coalesce(sum(fee::numeric + reserved), 0), 9223372036854775807)::bigint from relayed_calls
        where transaction is not null and block is null
    ) as promised
from relayed_calls, lateral (
    select spent::numeric
        + case when transaction is not null and block is null then fee::numeric + reserved else 0 end as costs
) as counted
where day = $6
