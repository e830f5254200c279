-- One deposit of a patient at a time (`disclosure_lock`), so that what is replaced here is what was read. The lock on the grant
-- makes a revocation in another transaction come either before, and be seen, or after, and delete the share. A later split takes
-- the place of an earlier one, whose key is condemned.
with
    standing as (
        select patient, id from grants where patient = $1 and id = $2 and revoked is null for share
    ),
    replaced as (
        select key_slot, key_generation
        from shares
        where patient = $1 and grant_id = $2 and version < $4 and exists (select from standing)
    ),
    condemned as (
        insert into condemned_keys (slot, generation) select key_slot, key_generation from replaced on conflict do nothing
    )
insert into shares (patient, grant_id, deposit, version, until, key_slot, key_generation)
select patient, id, $3, $4, $5, $6, $7 from standing
on conflict (patient, grant_id) do update
set deposit = excluded.deposit, version = excluded.version, until = excluded.until, key_slot = excluded.key_slot,
    key_generation = excluded.key_generation
where shares.version < excluded.version
