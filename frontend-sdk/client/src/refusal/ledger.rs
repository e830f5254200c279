//! What the ledger contract says, in sentences.

use aegle_rules::ledger::{
    ERASURE_CELL_RECORDS, LedgerError, MAX_BATCH_RECORDS, MAX_DISCLOSURES, MAX_DOMAIN_PROXIES, MAX_ERASED_TOGETHER,
    MAX_PENDING_ERASURES, MAX_SUPERSEDED,
};

/// Says what a refusal of the ledger contract means.
pub fn ledger(error: &LedgerError) -> String {
    use LedgerError as Error;
    let sentence = match error {
        Error::NotCustodian => {
            "the account is not, now, an admin of the organisation that is the domain's custodian, nor a custodian of it where \
             those may do that; or the organisation is suspended"
        }
        Error::UnknownDomain => "there is no such search domain",
        Error::BatchTaken { next } => {
            return format!("another writer got that number: label the batch again for the number {next}");
        }
        Error::InvalidSize => {
            return format!(
                "that is none, or more than {MAX_BATCH_RECORDS} records in a batch, {MAX_DISCLOSURES} disclosures, \
                 {MAX_ERASED_TOGETHER} records to be erased or {MAX_SUPERSEDED} to be corrected at once"
            );
        }
        Error::InvalidKey => "the key is all zero",
        Error::TooMany => "there are no more numbers",
        Error::NotConsortium => "only the consortium's contract may say that",
        Error::UnknownCode => "the chain does not have that code",
        Error::UnknownBatch => "there is no such batch in the domain: `aegle custodian batches` lists them",
        Error::UnknownRecord => "the batch has fewer records",
        Error::InvalidSpan => "a span has 2, 4, 8 ... 1024 batches, and begins at a multiple of that",
        Error::Superseded => "labels of more batches together stand for these: label all of those anew",
        Error::WrongVersion { next } => return format!("somebody else labelled it anew: version {next} follows"),
        Error::AlreadyErased => {
            "it is erased, or its erasure was asked for before: `aegle custodian erasures` lists them"
        }
        Error::SupersedesItself => "a record cannot take its own place",
        Error::UnknownReplacement => "there is no such record to take the other's place",
        Error::ReplacementGone => "the record that would take the other's place was itself superseded or erased",
        Error::NotDiscloser => "the account is neither an admin of the domain's custodian nor a proxy operator",
        Error::DisclosuresTaken { next } => {
            return format!("the account's next list of disclosures has the number {next}");
        }
        Error::KeyTaken => "the key is, or was, a search domain's: make another one",
        Error::UnknownErasure => {
            "there is no such request for erasure, or it was called off: `aegle custodian erasures` lists them"
        }
        Error::ErasureFinal => "the erasure is final",
        Error::NotAnother => {
            "another admin has to do that: who asked for the erasure is no second voice for it, and does not call off alone \
             what two asked for"
        }
        Error::TooManyErasures { left } => {
            return format!(
                "more records than the consortium's limit for a day: {left} more can be named today (UTC), the others tomorrow"
            );
        }
        Error::TooManyPending => {
            return format!(
                "{MAX_PENDING_ERASURES} requests wait for records of the same {ERASURE_CELL_RECORDS} of the batch: ask again \
                 when one of them is final, and for more records at once"
            );
        }
        Error::InvalidServers => {
            return format!(
                "a domain names {MAX_DOMAIN_PROXIES} proxies at most, none twice, and no account that is all zero"
            );
        }
        _ => return format!("the ledger contract refused: {error:?}"),
    };
    sentence.into()
}
