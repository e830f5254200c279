with settled as (
    update relayed_calls set block = $2, block_hash = $3, extrinsic = $4, failed = $5
    where digest = $1 and transaction is not null and block is null
    returning patient, reserved
)
update relayed_deposits set held = greatest(0, held - settled.reserved + $6)
from settled where relayed_deposits.patient = settled.patient
