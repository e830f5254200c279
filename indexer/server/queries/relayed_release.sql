with released as (
    update relayed_calls set transaction = null, attempts = attempts - 1
    where digest = $1 and transaction = $2 and block is null
    returning patient, reserved
)
update relayed_deposits set held = greatest(0, held - released.reserved)
from released where relayed_deposits.patient = released.patient
