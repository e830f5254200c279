select exists (
    select from relayed_calls
    where patient = $1 and signer = $2 and digest <> $3 and transaction is not null and block is null
) as waits
