-- Whom each event concerns, and what waits for somebody. Taken from `events`; rebuilt by `reindex`.

create table notifications (
    -- SCALE of `store::Audience`: an account, an organisation, the committee ...
    audience    bytea    not null,
    block       bigint   not null,
    index       integer  not null,
    primary key (audience, block, index)
);

-- Empty until the first rotation: the contract's constructor tells nothing.
create table committee_members (
    account     bytea    primary key check (length(account) = 32)
);

-- Who is, was or will be the guardian of a patient.
create table guardianships (
    patient     bytea    not null check (length(patient) = 32),
    guardian    bytea    not null check (length(guardian) = 32),
    begins      bigint   not null,
    -- Until when as they were named, and until when as others follow them.
    until       bigint   not null,
    ends        bigint   not null,
    primary key (patient, guardian, begins)
);

create index guardianships_of_guardian on guardianships (guardian);

create table access_requests (
    patient     bytea    not null check (length(patient) = 32),
    requester   bytea    not null check (length(requester) = 32),
    -- SCALE of aegle_rules::consent::Request.
    request     bytea    not null,
    expires     bigint   not null,
    primary key (patient, requester)
);

create index access_requests_of_requester on access_requests (requester);

create table glasses (
    patient     bytea    not null check (length(patient) = 32),
    clinician   bytea    not null check (length(clinician) = 32),
    opened_at   bigint   not null,
    -- For which the clinician worked as one when the glass was broken; they review.
    organisations bigint[] not null,
    until       bigint   not null,
    reason      smallint not null,
    review_by   bigint   not null,
    reviewed    boolean  not null default false,
    primary key (patient, clinician, opened_at)
);

create index glasses_of_clinician on glasses (clinician);
create index glasses_unreviewed on glasses using gin (organisations) where not reviewed;

create table proposals (
    id          bigint   primary key,
    proposer    bytea    not null check (length(proposer) = 32),
    -- SCALE of aegle_rules::consortium::Action.
    action      bytea    not null,
    expires     bigint   not null,
    votes       smallint not null
);

-- The records of which somebody asked for the erasure, and the events about each request.
create table erasure_requests (
    domain      bigint   not null,
    request     bigint   not null,
    batch       bigint   not null,
    numbers     bigint[] not null,
    primary key (domain, request)
);

create index erasure_requests_of_batch on erasure_requests (domain, batch);

create table erasure_events (
    domain      bigint   not null,
    request     bigint   not null,
    block       bigint   not null,
    index       integer  not null,
    primary key (domain, request, block, index)
);
