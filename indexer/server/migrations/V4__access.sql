-- Nonces of signed requests, until the request would have expired anyway.
create table nonces (
    account     bytea   not null check (length(account) = 32),
    nonce       bytea   not null check (length(nonce) = 16),
    expires     bigint  not null,
    primary key (account, nonce)
);

create index nonces_by_expiry on nonces (expires);

-- Key bundles whose hash is, or was, in the directory.
create table key_bundles (
    account     bytea   primary key check (length(account) = 32),
    hash        bytea   not null check (length(hash) = 32),
    bundle      bytea   not null
);

-- Proxy shares and split documents, as the patient deposited them: sealed. A revocation deletes the row.
create table shares (
    patient     bytea   not null check (length(patient) = 32),
    grant_id    bigint  not null,
    deposit     bytea   not null,
    primary key (patient, grant_id)
);

-- Who was given what: one hash chain a patient.
create table disclosures (
    patient     bytea   not null check (length(patient) = 32),
    number      bigint  not null check (number > 0),
    -- SCALE of the disclosure.
    entry       bytea   not null,
    previous    bytea   not null check (length(previous) = 32),
    hash        bytea   not null check (length(hash) = 32),
    primary key (patient, number)
);
