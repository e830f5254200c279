-- Batches of an aligned span can have their labels in common: the ledger says so, and the custodian sends those labels.

-- The widest span in which a batch was compacted, and the labels that the chain has for it. Its own stay, for a bundle that
-- comes late.
alter table anchors
    -- Binary logarithm of how many batches; 0 while the batch was not compacted.
    add column span_log2 smallint not null default 0 check (span_log2 between 0 and 10),
    add column span_version integer,
    add column span_commitment bytea check (length(span_commitment) = 32);

-- Labels of a batch, or of a span of batches. `sequence` only grows: tantivy follows it.
create table label_sets (
    sequence        bigint   primary key check (sequence > 0),
    domain          bigint   not null,
    -- The first batch, and the binary logarithm of how many there are.
    first           bigint   not null,
    span_log2       smallint not null check (span_log2 between 0 and 10),
    epoch           integer  not null,
    version         integer  not null,
    records         bigint   not null,
    -- SHA-256 of the bytes that brought them.
    bundle          bytea    not null check (length(bundle) = 32),
    salt            bytea    not null,
    commitment_salt bytea    not null,
    -- SCALE of the count table, read by every search.
    counts          bytea    not null,
    -- SCALE of the whole label set, read only to build the index and for evidence.
    labels          bytea    not null,
    unique (domain, first)
);

-- Labels that are gone, so that an index that has followed them is known to be of this database.
create table replaced_labels (
    sequence        bigint   primary key,
    bundle          bytea    not null check (length(bundle) = 32)
);

insert into label_sets (sequence, domain, first, span_log2, epoch, version, records, bundle, salt, commitment_salt, counts, labels)
select sequence, domain, batch, 0, epoch, version, records, bundle, salt, commitment_salt, counts, labels
from batches;

alter table batches
    -- Whose labels it has: those that begin with this batch.
    add column labels_first bigint,
    -- The number among them of its first record.
    add column labels_offset bigint not null default 0;

update batches set labels_first = batch;

alter table batches
    drop column sequence,
    drop column epoch,
    drop column version,
    drop column bundle,
    drop column salt,
    drop column commitment_salt,
    drop column counts,
    drop column labels,
    alter column labels_first set not null,
    alter column labels_offset drop default,
    drop constraint batches_domain_batch_key,
    add primary key (domain, batch);

create index batches_by_labels on batches (domain, labels_first);

-- The labels that the chain had when a record was erased, of the batch or its span: later ones say nothing of it, and those
-- of a wider span are later.
alter table erasures add column span_log2 smallint not null default 0;
alter table erasures alter column span_log2 drop default;
