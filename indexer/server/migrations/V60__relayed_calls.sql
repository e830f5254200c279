-- Signed calls that this server has submitted, so that none is paid twice and quotas outlast a restart.
create table relayed_calls (
    -- Of the signer and of all that was signed.
    digest              bytea    primary key check (length(digest) = 32),
    signer              bytea    not null check (length(signer) = 32),
    patient             bytea    not null check (length(patient) = 32),
    -- As whom the signer acts for the patient.
    capacity            text     not null check (capacity in ('controller', 'guardian', 'recovery')),
    -- Days since the Unix epoch.
    day                 bigint   not null,
    -- Whether nobody vouched for the patient yet.
    before_activation   boolean  not null,
    -- The organisation that it names, where nobody vouched for the patient yet.
    named               bigint,
    -- How often it was paid for, or may have been.
    attempts            bigint   not null check (attempts >= 0),
    -- The signed transaction and its nonce; null where it is known never to come.
    transaction         bytea,
    transaction_nonce   bigint   not null,
    -- The finalized head before it was sent, or the last block that was searched for it.
    since               bigint   not null,
    -- When what was signed ends, in milliseconds since the Unix epoch.
    expires             bigint   not null,
    -- What it may put on deposit: the amount that is counted until it is known.
    reserved            bigint   not null,
    -- Where it is in the finalized chain, once it is.
    block               bigint,
    block_hash          bytea    check (length(block_hash) = 32),
    extrinsic           bigint,
    -- Whether the contract refused it there.
    failed              boolean  not null default false
);

create index relayed_calls_by_day on relayed_calls (day);
create index relayed_calls_unsettled on relayed_calls (digest) where transaction is not null and block is null;

-- What this server has on deposit for what is stored of a patient, in the chain's smallest unit.
create table relayed_deposits (
    patient     bytea   primary key check (length(patient) = 32),
    held        bigint  not null check (held >= 0)
);
