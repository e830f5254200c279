-- Ciphertexts that are in the vault, durably, before any batch names them.
create table ciphertexts (
    record      bytea   primary key check (length(record) = 16),
    hash        bytea   not null check (length(hash) = 32),
    length      bigint  not null check (length > 0),
    organisation bigint not null
);

-- Batches whose bundle matched its anchored roots. `sequence` has no gap: tantivy follows it.
create table batches (
    sequence    bigint  primary key check (sequence > 0),
    domain      bigint  not null,
    batch       bigint  not null,
    epoch       integer not null,
    records     bigint  not null,
    -- SHA-256 of the bundle's bytes.
    bundle      bytea   not null check (length(bundle) = 32),
    salt        bytea   not null,
    commitment_salt bytea not null,
    -- SCALE of the count table, read by every search.
    counts      bytea   not null,
    -- SCALE of the whole label set, read only to build the index.
    labels      bytea   not null,
    unique (domain, batch)
);

create table records (
    id              bytea       primary key check (length(id) = 16),
    domain          bigint      not null,
    batch           bigint      not null,
    number          bigint      not null,
    patient         bytea       not null check (length(patient) = 32),
    slot            smallint    not null check (slot between 0 and 31),
    confidentiality smallint    not null check (confidentiality between 0 and 2),
    author          bytea       not null check (length(author) = 32),
    authored_at     bigint      not null,
    -- SCALE of aegle_crypto's record row, and its leaf in the batch's tree.
    row             bytea       not null,
    leaf            bytea       not null check (length(leaf) = 32),
    unique (domain, batch, number)
);

create index records_of_patient on records (patient, domain, batch) include (number);
