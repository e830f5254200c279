-- Epochs of slots: which key records are sealed to, and since when. Taken from `events`.

-- What was sealed before is of another header: nothing opens it any more.
do $$ begin
    if exists (select from records) then
        raise exception 'the records of this database were sealed by an earlier release, and this one reads none of them: '
            'keep the database with that release, and begin with an empty one';
    end if;
end $$;

create table slot_epochs (
    patient     bytea    not null check (length(patient) = 32),
    slot        smallint not null check (slot between 0 and 31),
    -- From 1 on: every slot begins with epoch 0.
    epoch       integer  not null check (epoch between 1 and 65535),
    -- The block that began it, and its time in milliseconds since the Unix epoch.
    block       bigint   not null,
    began_at    bigint   not null,
    primary key (patient, slot, epoch)
);

-- How often a patient's epochs were moved on: a revocation that says no more than that moved none.
create table epoch_versions (
    patient     bytea    primary key check (length(patient) = 32),
    version     bigint   not null
);

-- Keys are published by slot and epoch now, and splits name the patient's signature: patients bring both again.
delete from key_bundles;
delete from shares;

alter table shares add column version bigint not null;
