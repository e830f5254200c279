-- Which deployment this database mirrors. One row: a database serves one deployment for ever.
create table deployment (
    only_row    boolean primary key default true check (only_row),
    genesis     bytea   not null check (length(genesis) = 32),
    consortium  bytea   not null check (length(consortium) = 32),
    consent     bytea   not null check (length(consent) = 32),
    ledger      bytea   not null check (length(ledger) = 32)
);

-- The last block whose events are in this database. Written in the transaction that writes them.
create table checkpoint (
    only_row    boolean primary key default true check (only_row),
    number      bigint  not null check (number >= 0),
    hash        bytea   not null check (length(hash) = 32)
);

create table blocks (
    number      bigint  primary key check (number >= 0),
    hash        bytea   not null check (length(hash) = 32),
    -- Read only for blocks that have events of ours.
    timestamp   bigint
);

-- What the contracts emitted, as it came. Everything in V2 can be made again from here.
create table events (
    block       bigint  not null,
    index       integer not null,
    contract    bytea   not null check (length(contract) = 32),
    -- Null for an anonymous event.
    topic       bytea   check (length(topic) = 32),
    data        bytea   not null,
    -- Whether this release knows the topic; unknown events are kept and counted.
    known       boolean not null,
    primary key (block, index)
);

create index events_unknown on events (topic) where not known;
