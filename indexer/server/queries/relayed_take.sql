with taken as (
    insert into relayed_calls (
        digest, signer, patient, capacity, day, before_activation, named, invited_by, attempts, transaction,
        transaction_nonce, since, last_block, fee, reserved
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12, $13, $14)
    on conflict (digest) do update set day = excluded.day, attempts = relayed_calls.attempts + 1,
        before_activation = excluded.before_activation, named = excluded.named, invited_by = excluded.invited_by,
        transaction = excluded.transaction, transaction_nonce = excluded.transaction_nonce, since = excluded.since,
        last_block = excluded.last_block, fee = excluded.fee, reserved = excluded.reserved, block = null,
        block_hash = null, extrinsic = null, failed = false
    returning patient, reserved
)
insert into relayed_deposits (patient, held) select patient, reserved from taken
on conflict (patient) do update set held = relayed_deposits.held + excluded.held
