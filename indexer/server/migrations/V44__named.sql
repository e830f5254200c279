-- Who was ever named to act for a patient, as guardian or as the key that is to control the account. Whether they still do, the
-- chain says.
create table named (
    account     bytea   not null check (length(account) = 32),
    patient     bytea   not null check (length(patient) = 32),
    -- The block that named them last.
    block       bigint  not null,
    primary key (account, patient)
);

-- Signatures of later splits name their time now: patients split again.
delete from shares;
