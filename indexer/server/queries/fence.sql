-- Who may write to this database: the indexer that took it last. These objects stand before the first migration, which is a
-- write too, and are made by whoever holds the lock of a running indexer.
create table if not exists fence (
    only_row    boolean primary key default true check (only_row),
    -- Grows whenever an indexer takes the database.
    epoch       bigint  not null
);

insert into fence (epoch) values (0) on conflict do nothing;

-- Refuses a write of a session that is not of the newest epoch. The lock is shared by all writers until their transactions
-- end, and whoever takes the database holds it alone for a moment.
create or replace function fence_check() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(439788397413);
    if (select epoch from fence) is distinct from nullif(current_setting('aegle.epoch', true), '')::bigint then
        raise exception 'another indexer has taken this database' using errcode = 'AEG01';
    end if;
    return null;
end
$$;

-- Puts the check on every table, those of later migrations included.
create or replace function fence_tables() returns void language plpgsql as $$
declare
    unfenced regclass;
begin
    for unfenced in
        select c.oid::regclass
        from pg_class c
        where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
            and c.relname not in ('fence', 'refinery_schema_history')
            and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'fence_check')
    loop
        execute format(
            'create trigger fence_check before insert or update or delete or truncate on %s'
            ' for each statement execute function fence_check()', unfenced);
    end loop;
end
$$;
