//! The log of disclosures as a person reads it: what somebody did in one go is one act.
//!
//! A server writes an entry for each thing that it hands out: the row of a record, its ciphertext, its key. To open one
//! record takes three of them at the indexer, and one at each proxy.

use crate::{address::ss58, day::minute, words};
use aegle_protocol::{
    record::RecordId,
    wire::{Disclosure, DisclosureEntry, DisclosureKind},
};
use aegle_rules::{AccountId, GrantId, Purposes, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Entries with pauses shorter than this are one act, in milliseconds: half an hour.
const ACT_PAUSE_MS: Timestamp = 30 * 60 * 1_000;
/// Most records that an act names; of more it says how many.
const MAX_NAMED: usize = 10;

/// What somebody did in one go, for one purpose and by one grant, as the logs of all servers have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub requester: AccountId,
    /// For which purpose.
    pub purpose: Purposes,
    /// By which grant; `None` where none was needed: the patient's own, a guardian's, an emergency, or by law.
    pub grant: Option<GrantId>,
    /// When the first entry was written, in milliseconds since the Unix epoch.
    pub from: Timestamp,
    /// When the last one was.
    pub until: Timestamp,
    /// The records whose key was handed out.
    pub opened: BTreeSet<RecordId>,
    /// The others: who and when they are of, and how long they are, was seen, or their ciphertext handed out.
    pub seen: BTreeSet<RecordId>,
    /// The servers that have written of it.
    pub servers: BTreeSet<AccountId>,
}

impl Act {
    fn of(server: AccountId, disclosure: &Disclosure) -> Self {
        let mut act = Self {
            requester: disclosure.requester,
            purpose: disclosure.purpose,
            grant: disclosure.grant,
            from: disclosure.at,
            until: disclosure.at,
            opened: BTreeSet::new(),
            seen: BTreeSet::new(),
            servers: BTreeSet::new(),
        };
        act.add(server, disclosure);
        act
    }

    fn add(&mut self, server: AccountId, disclosure: &Disclosure) {
        let Disclosure { kind, record, at, .. } = disclosure;
        self.until = self.until.max(*at);
        self.servers.insert(server);
        // A patient holds the keys of all their records: to have the ciphertext is to open it.
        let is_own = disclosure.requester == disclosure.patient;
        let opens = match kind {
            DisclosureKind::Transform => true,
            DisclosureKind::Ciphertext => is_own,
            DisclosureKind::Row => false,
        };
        if opens {
            self.seen.remove(record);
            self.opened.insert(*record);
        } else if !self.opened.contains(record) {
            self.seen.insert(*record);
        }
    }

    /// Says what was done, in a sentence with its time, and which records it was about.
    pub fn sentence(&self, patient: AccountId) -> String {
        let is_own = self.requester == patient;
        let who = match is_own {
            true => "you".into(),
            false => words::account(&self.requester),
        };
        let did = match (self.opened.len(), self.seen.len()) {
            (opened, 0) => format!("opened {}", records(opened)),
            (0, seen) => format!("found {} and opened none", records(seen)),
            (opened, seen) => format!("opened {}, and found {seen} more", records(opened)),
        };
        let why = match self.grant {
            _ if is_own => String::new(),
            Some(grant) => format!(", for {}, by grant {grant}", words::reasons(self.purpose)),
            None => format!(", for {}, without a grant", words::reasons(self.purpose)),
        };
        let servers: Vec<_> = self.servers.iter().map(ss58).collect();
        let named: Vec<_> = self.opened.iter().chain(&self.seen).take(MAX_NAMED).collect();
        let rest = self.opened.len() + self.seen.len() - named.len();
        let mut lines = vec![format!(
            "{}  {who} {did}{why} (logged by {})",
            minute(self.from),
            servers.join(", "),
        )];
        lines.extend(named.iter().map(|record| format!("    {record}")));
        lines.extend((rest > 0).then(|| format!("    and {rest} more")));
        lines.join("\n")
    }
}

fn records(number: usize) -> String {
    match number {
        1 => "1 record".into(),
        _ => format!("{number} records"),
    }
}

/// Folds entries of servers' logs into acts, in the order in which they began.
pub fn acts(entries: &[(AccountId, DisclosureEntry)]) -> Vec<Act> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(_, entry)| entry.disclosure.at);
    let mut acts: Vec<Act> = Vec::new();
    // The last act of each kind: no earlier one goes on, since entries are in the order of their times.
    let mut last = BTreeMap::new();
    for (server, DisclosureEntry { disclosure, .. }) in entries {
        let kind = (disclosure.requester, disclosure.purpose.0, disclosure.grant);
        let going_on = last.get(&kind).and_then(|number: &usize| acts.get_mut(*number));
        match going_on.filter(|act| disclosure.at.saturating_sub(act.until) < ACT_PAUSE_MS) {
            Some(act) => act.add(*server, disclosure),
            None => {
                last.insert(kind, acts.len());
                acts.push(Act::of(*server, disclosure));
            }
        }
    }
    acts
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_protocol::BlockId;
    use aegle_rules::Hash;

    const PATIENT: AccountId = AccountId([1; 32]);
    const MIA: AccountId = AccountId([2; 32]);
    const INDEXER: AccountId = AccountId([8; 32]);
    const PROXY: AccountId = AccountId([9; 32]);
    const MINUTE: Timestamp = 60_000;

    fn entry(requester: AccountId, kind: DisclosureKind, record: u8, at: Timestamp) -> DisclosureEntry {
        DisclosureEntry {
            number: 1,
            disclosure: Disclosure {
                kind,
                patient: PATIENT,
                record: RecordId([record; 16]),
                requester,
                purpose: Purposes::TREAT,
                grant: (requester != PATIENT).then_some(GrantId(3)),
                request: Hash([0; 32]),
                block: BlockId {
                    number: 1,
                    hash: Hash([0; 32]),
                },
                at,
            },
            previous: Hash([0; 32]),
            hash: Hash([0; 32]),
        }
    }

    #[test]
    fn opening_one_record_is_one_act_whatever_its_servers_write() {
        let entries = [
            (INDEXER, entry(MIA, DisclosureKind::Row, 1, 0)),
            (INDEXER, entry(MIA, DisclosureKind::Ciphertext, 1, 1)),
            (PROXY, entry(MIA, DisclosureKind::Transform, 1, 2)),
            (INDEXER, entry(MIA, DisclosureKind::Transform, 1, 2)),
        ];
        let [act] = &acts(&entries)[..] else { panic!("one act") };
        assert_eq!(act.servers, BTreeSet::from([INDEXER, PROXY]));
        assert!(act.seen.is_empty());
        let said = act.sentence(PATIENT);
        assert!(said.starts_with("1 January 1970, 00:00 UTC  "), "{said}");
        assert!(
            said.contains(" opened 1 record, for treatment, by grant 3 (logged by "),
            "{said}"
        );
        assert!(said.ends_with(&format!("\n    {}", RecordId([1; 16]))), "{said}");
    }

    #[test]
    fn a_pause_another_person_and_another_purpose_are_another_act() {
        let pause = ACT_PAUSE_MS - 1;
        let mut other = entry(MIA, DisclosureKind::Row, 1, 2 * pause);
        other.disclosure.purpose = Purposes::HRESCH;
        let entries = [
            (INDEXER, entry(MIA, DisclosureKind::Row, 1, 0)),
            (INDEXER, entry(MIA, DisclosureKind::Row, 2, pause)),
            (INDEXER, entry(PATIENT, DisclosureKind::Ciphertext, 1, pause)),
            (INDEXER, entry(MIA, DisclosureKind::Row, 3, 2 * pause + ACT_PAUSE_MS)),
            (INDEXER, other),
        ];
        let acts = acts(&entries);
        let counts: Vec<_> = acts.iter().map(|act| (act.opened.len(), act.seen.len())).collect();
        assert_eq!(counts, [(0, 2), (1, 0), (0, 1), (0, 1)]);
        assert!(acts[0].sentence(PATIENT).contains("found 2 records and opened none"));
        assert!(acts[1].sentence(PATIENT).contains("  you opened 1 record (logged by "));
        assert!(acts[2].sentence(PATIENT).contains("for research"));
    }

    #[test]
    fn of_many_records_ten_are_named_and_the_others_counted() {
        let entries: Vec<_> = (0..12)
            .map(|record| {
                (
                    INDEXER,
                    entry(MIA, DisclosureKind::Transform, record, u64::from(record) * MINUTE),
                )
            })
            .collect();
        let [act] = &acts(&entries)[..] else { panic!("one act") };
        let said = act.sentence(PATIENT);
        assert!(
            said.contains("opened 12 records") && said.ends_with("\n    and 2 more"),
            "{said}"
        );
    }
}
