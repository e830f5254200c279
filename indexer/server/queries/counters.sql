select
    (select count(*) from events) as events,
    (select count(*) from events where not known) as unknown_events,
    (select count(*) from batches) as batches,
    (select count(*) from records) as records
