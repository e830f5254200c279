with
    cleared_organisations as (delete from organisations),
    cleared_roles as (delete from roles),
    cleared_directory as (delete from directory),
    cleared_grants as (delete from grants),
    cleared_restricted_slots as (delete from restricted_slots),
    cleared_domains as (delete from domains),
    cleared_erasures as (delete from erasures),
    cleared_erasure_voices as (delete from erasure_voices),
    cleared_slot_epochs as (delete from slot_epochs),
    cleared_epoch_versions as (delete from epoch_versions),
    cleared_named as (delete from named)
delete from anchors
