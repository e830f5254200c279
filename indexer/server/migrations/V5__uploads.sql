-- Ciphertexts come in uploads, and those that no batch ever names are deleted after a while.
alter table ciphertexts
    -- 0: announced, its bytes may not be in the vault yet; 1: in the vault, durably; 2: named by a batch.
    add column state smallint not null default 0 check (state between 0 and 2),
    -- When it was last uploaded, in milliseconds since the Unix epoch.
    add column added_at bigint not null default 0;

update ciphertexts
set state = case when exists (select from records where records.id = ciphertexts.record) then 2 else 1 end,
    added_at = (extract(epoch from now()) * 1000)::bigint;

alter table ciphertexts alter column added_at drop default;

create index ciphertexts_unnamed on ciphertexts (added_at) where state < 2;
