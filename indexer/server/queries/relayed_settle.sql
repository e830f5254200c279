with settled as (
    update relayed_calls set block = $3, block_hash = $4, extrinsic = $5, failed = $6,
        spent = least(spent::numeric + $8::bigint, 9223372036854775807)::bigint
    where digest = $1 and transaction = $2 and block is null
    returning patient, reserved
)
update relayed_deposits set held = greatest(0, held - settled.reserved + $7)
from settled where relayed_deposits.patient = settled.patient
