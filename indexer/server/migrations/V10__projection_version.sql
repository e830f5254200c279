-- Which release's projections these are: another release makes them again, from the events, before it answers.
alter table deployment add column projections integer not null default 1;
