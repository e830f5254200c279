-- When a grant was given and when it was revoked, by the clock of the block: milliseconds since the Unix epoch. The projections
-- are made again after this, so that no row keeps what stands here.
alter table grants
    add column given bigint not null default 0,
    add column revoked_at bigint;

-- The time of an entry, by the clock of the block at which the contract permitted it: its last eight bytes, the lowest first.
alter table disclosures add column at bigint not null generated always as (
    get_byte(entry, length(entry) - 8)::bigint
        | (get_byte(entry, length(entry) - 7)::bigint << 8)
        | (get_byte(entry, length(entry) - 6)::bigint << 16)
        | (get_byte(entry, length(entry) - 5)::bigint << 24)
        | (get_byte(entry, length(entry) - 4)::bigint << 32)
        | (get_byte(entry, length(entry) - 3)::bigint << 40)
        | (get_byte(entry, length(entry) - 2)::bigint << 48)
        | (get_byte(entry, length(entry) - 1)::bigint << 56)
) stored;
create index disclosures_by_time on disclosures (patient, at);
