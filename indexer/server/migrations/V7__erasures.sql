-- Labels have versions, as on chain: each relabelling of a batch adds one.
alter table batches add column version integer not null default 0;
alter table batches alter column version drop default;

-- Records that the ledger says are erased, taken from `events`, and how far they are gone from here.
create table erasures (
    domain      bigint  not null,
    batch       bigint  not null,
    number      bigint  not null,
    -- The version of the batch's labels when it was erased: a later one says nothing of it.
    version     integer not null,
    -- 0: attested, and shown to nobody; 1: ciphertext, row and index entries are gone; 2: so is every trace of its labels.
    state       smallint not null default 0 check (state between 0 and 2),
    primary key (domain, batch, number)
);

create index erasures_open on erasures (state) where state < 2;
