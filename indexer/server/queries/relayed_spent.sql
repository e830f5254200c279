select coalesce(sum(attempts) filter (where signer = $1), 0)::bigint as by_signer,
    coalesce(sum(attempts) filter (where before_activation), 0)::bigint as before_activation,
    coalesce(sum(attempts), 0)::bigint as in_all,
    coalesce((select held from relayed_deposits where patient = $2), 0) as held
from relayed_calls where day = $3
