-- The lock makes a revocation in another transaction come either before, and be seen, or after, and delete the share. A later
-- split takes the place of an earlier one.
with standing as (
    select patient, id from grants where patient = $1 and id = $2 and revoked is null for share
)
insert into shares (patient, grant_id, deposit, version)
select patient, id, $3, $4 from standing
on conflict (patient, grant_id) do update set deposit = excluded.deposit, version = excluded.version
where shares.version < excluded.version
