-- Erasure is asked for, and final at a time. Until then it can be called off, and the record is shown as before, unless a
-- second admin, or the patient whose record it is, asks for it too.
alter table erasures
    -- The number of the request in the domain.
    add column request bigint,
    -- First millisecond, of the chain's time, at which it is final.
    add column final_at bigint,
    drop constraint erasures_state_check,
    -- -1: asked for; 0: final, and shown to nobody; 1 and 2 as before.
    add constraint erasures_state_check check (state between -1 and 2),
    alter column state set default -1;

create index erasures_asked_for on erasures (final_at) where state = -1;
create index erasures_of_request on erasures (domain, request);

-- Who else asked for an erasure.
create table erasure_voices (
    domain      bigint  not null,
    request     bigint  not null,
    account     bytea   not null check (length(account) = 32),
    -- Whether it is an admin of the domain's custodian; anybody else's voice counts for their own records.
    by_admin    boolean not null,
    primary key (domain, request, account)
);

-- The records that are shown to nobody.
create view withheld as
select e.domain, e.batch, e.number
from erasures e
where e.state >= 0
   or exists (
    select from erasure_voices v
    left join records r on r.domain = e.domain and r.batch = e.batch and r.number = e.number
    where v.domain = e.domain and v.request = e.request and (v.by_admin or v.account = r.patient));
