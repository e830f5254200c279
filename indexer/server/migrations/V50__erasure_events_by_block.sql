-- Who goes on after a place reads what comes next, and not everything.
create index erasure_events_by_block on erasure_events (block, index);
