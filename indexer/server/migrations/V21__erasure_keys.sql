-- What may have to be forgotten is stored wrapped, each under a key of its own that is kept apart (`erasure_keys`). The release
-- that brings this has emptied both tables in the migration before.
alter table records
    -- `row` is wrapped. Where its key is:
    add column key_slot bigint not null,
    add column key_generation bigint not null;

alter table shares
    -- `deposit` is wrapped. Where its key is:
    add column key_slot bigint not null,
    add column key_generation bigint not null,
    -- When the grant ends, in milliseconds since the Unix epoch: its share goes then.
    add column until bigint not null;

create index shares_by_end on shares (until);

-- Keys of what was deleted, until every replica has destroyed them.
create table condemned_keys (
    slot        bigint  not null,
    generation  bigint  not null,
    primary key (slot, generation)
);

-- Of an erased record nothing stays but its leaf: the proofs of its batch's other records need it.
create table erased_leaves (
    domain      bigint  not null,
    batch       bigint  not null,
    number      bigint  not null,
    leaf        bytea   not null check (length(leaf) = 32),
    primary key (domain, batch, number)
);
