//! What the journal's database has, and how much of it.

use redb::TableDefinition;

/// The name of the journal's file.
pub(super) const FILE: &str = "journal.redb";
/// The format of the journal and of the files next to it.
pub(super) const FORMAT: u32 = 2;
/// Most actions that are read at once.
pub(super) const ACTIONS_AT_ONCE: usize = 256;

pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// Histories by identities.
pub(super) const IDENTITIES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("identities");
/// Batches that are done, by number.
pub(super) const BATCHES: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("batches");
/// What is to be done on chain, in order.
pub(super) const ACTIONS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("actions");
/// Files of followed folders that were taken in: length, and when they were changed.
pub(super) const FILES: TableDefinition<'_, &[u8], (u64, u64)> = TableDefinition::new("files");
/// Batches with records that were erased since they were labelled.
pub(super) const RELABELS: TableDefinition<'_, u32, ()> = TableDefinition::new("relabels");
/// The patients whose charts go on in others', by whose.
pub(super) const MERGES: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("merges");
/// The server that is said to have a patient.
pub(super) const SERVERS: TableDefinition<'_, &str, &str> = TableDefinition::new("servers");

pub(super) const PENDING_KEY: &str = "pending";
pub(super) const BINDING_KEY: &str = "binding";
pub(super) const RECEIPTS_KEY: &str = "receipts";

/// Most charts of all systems that were merged into others.
pub const MAX_MERGES: u64 = 262_144;
