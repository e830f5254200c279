select coalesce(max(version), 0) as version from refinery_schema_history
