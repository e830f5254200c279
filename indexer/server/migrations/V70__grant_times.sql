-- When a grant was given and when it was revoked, by the clock of the block: milliseconds since the Unix epoch. The projections
-- are made again after this, so that no row keeps what stands here.
alter table grants
    add column given bigint not null default 0,
    add column revoked_at bigint;
