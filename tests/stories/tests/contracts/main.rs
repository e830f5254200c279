//! The three deployed contracts, message by message: on a devchain of their own, or on the node at `CHAIN_URL`.

mod acts;
mod appointments;
mod connection;
mod consent;
mod consortium;
mod control;
mod costs;
mod deployment;
mod founding;
mod glass;
mod hostile;
mod jurisdictions;
mod ledger;
mod malformed;
mod migration;
mod naming;
mod pauses;
mod provisions;
mod racing;
mod relayed;
mod upgrades;
mod votes;
mod waiting;
