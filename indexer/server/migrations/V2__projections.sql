-- What the events say, taken together. Rebuilt from `events` by `reindex`; nothing else is stored here.

create table organisations (
    id          bigint  primary key,
    admin       bytea   not null check (length(admin) = 32),
    suspended   boolean not null
);

create table roles (
    account         bytea   primary key check (length(account) = 32),
    roles           integer not null,
    organisation    bigint  not null,
    -- Milliseconds since the Unix epoch; the largest bigint stands for every later moment.
    until           bigint  not null
);

create table directory (
    account     bytea   primary key check (length(account) = 32),
    version     bigint  not null,
    key         bytea   not null check (length(key) = 32),
    bundle      bytea   not null check (length(bundle) = 32)
);

create table grants (
    patient     bytea   not null check (length(patient) = 32),
    id          bigint  not null,
    -- SCALE of aegle_rules::consent::Terms.
    terms       bytea   not null,
    -- The block that revoked it.
    revoked     bigint,
    primary key (patient, id)
);

create table restricted_slots (
    patient     bytea   primary key check (length(patient) = 32),
    slots       bigint  not null
);

create table domains (
    id          bigint  primary key,
    custodian   bigint  not null,
    epoch       integer not null,
    key         bytea   not null check (length(key) = 32),
    next_batch  bigint  not null
);

create table anchors (
    domain              bigint  not null,
    batch               bigint  not null,
    record_root         bytea   not null check (length(record_root) = 32),
    index_commitment    bytea   not null check (length(index_commitment) = 32),
    manifest            bytea   not null check (length(manifest) = 32),
    records             bigint  not null,
    version             integer not null,
    anchored_at         bigint  not null,
    block               bigint  not null,
    primary key (domain, batch)
);
