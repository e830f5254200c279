-- Which set of erasure keys wraps what is stored here: folders of another one are refused.
create table erasure_key_set (
    only_row    boolean primary key default true check (only_row),
    id          bytea   not null check (length(id) = 16)
);

-- No two things are wrapped under one key: destroying it would erase both.
create unique index records_by_key on records (key_slot, key_generation);
create unique index shares_by_key on shares (key_slot, key_generation);

-- The name of an erased record, which says nothing of anybody, stays with its leaf: what went out of it before is still told.
alter table erased_leaves add column id bytea check (length(id) = 16);
create unique index erased_leaves_by_id on erased_leaves (id);
create index disclosures_by_record on disclosures (substring(entry from 34 for 16));
