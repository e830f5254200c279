//! What guardians have begun. The contract keeps it and does not tell it, so that it follows from events alone.

use super::History;
use aegle_rules::{
    AccountId, Hash, Timestamp,
    consent::{
        Acted,
        events::{Event, GuardianVoted},
        guardians::GUARDIAN_ACT_MS,
    },
};

/// Something that guardians have begun to do for a patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingAct {
    /// The hash of the call that they vote for.
    pub call: Hash,
    /// Whether it lets another key control the account.
    pub replaces: bool,
    /// Who wants it, who began it first.
    pub votes: Vec<AccountId>,
    /// First millisecond at which the votes no longer count.
    pub expires: Timestamp,
}

/// Returns what the guardians of a patient have begun and that still waits at a time, as the contract's events tell.
pub fn pending_acts(history: &History, patient: AccountId, now: Timestamp) -> Vec<PendingAct> {
    let mut acts: Vec<PendingAct> = Vec::new();
    // When others are the guardians, with whom what those before them have begun is void.
    let mut change: Option<Timestamp> = None;
    let settle = |acts: &mut Vec<PendingAct>, change: &mut Option<Timestamp>, at: Timestamp| {
        if change.take_if(|from| *from <= at).is_some() {
            acts.clear();
        }
        acts.retain(|act| at < act.expires);
    };
    for (dated, event) in history.consent() {
        match event {
            Event::GuardiansSet(event) if event.patient == patient => {
                settle(&mut acts, &mut change, dated.at);
                change = Some(event.from);
            }
            Event::Vetoed(event) if event.patient == patient && event.guardians => change = None,
            Event::ReplacementBegun(event) if event.patient == patient && event.keeps_guardians => change = None,
            // Nobody keeps guardians from replacing a thief by ending everything.
            Event::AllRevoked(event) if event.patient == patient => acts.retain(|act| act.replaces),
            Event::GuardianVoted(event) if event.patient == patient => {
                settle(&mut acts, &mut change, dated.at);
                match event.outcome {
                    Acted::Done => acts.retain(|act| act.call != event.call),
                    Acted::Pending { .. } => vote(&mut acts, event, dated.at),
                }
            }
            _ => {}
        }
    }
    settle(&mut acts, &mut change, now);
    acts
}

/// Counts a vote as the contract does: who begins another act ends the one that they began before.
fn vote(acts: &mut Vec<PendingAct>, event: &GuardianVoted, at: Timestamp) {
    let GuardianVoted {
        guardian,
        call,
        replaces,
        ..
    } = *event;
    if let Some(act) = acts.iter_mut().find(|act| act.call == call) {
        if !act.votes.contains(&guardian) {
            act.votes.push(guardian);
        }
        return;
    }
    acts.retain(|act| act.votes.first() != Some(&guardian));
    acts.push(PendingAct {
        call,
        replaces,
        votes: vec![guardian],
        expires: at.saturating_add(GUARDIAN_ACT_MS),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{BlockRange, Dated};
    use aegle_chain::ContractEvent;
    use aegle_rules::consent::{
        Guardians,
        events::{AllRevoked, GuardiansSet, Vetoed},
    };

    const PATIENT: AccountId = AccountId([1; 32]);

    fn voted(at: Timestamp, guardian: u8, call: u8, outcome: Acted) -> Dated {
        told(
            at,
            Event::GuardianVoted(GuardianVoted {
                patient: PATIENT,
                guardian: AccountId([guardian; 32]),
                call: Hash([call; 32]),
                // Those from 100 on, here.
                replaces: call >= 100,
                outcome,
            }),
        )
    }

    fn told(at: Timestamp, event: Event) -> Dated {
        Dated {
            block: 1,
            at,
            event: ContractEvent::Consent(event),
        }
    }

    fn waiting(events: &[Dated], now: Timestamp) -> Vec<(u8, usize)> {
        let history = History {
            span: BlockRange::default(),
            events: events.to_vec(),
        };
        let acts = pending_acts(&history, PATIENT, now);
        acts.iter().map(|act| (act.call.0[0], act.votes.len())).collect()
    }

    #[test]
    fn what_waits_is_what_the_contract_keeps() {
        let pending = |votes| Acted::Pending { votes };
        let begun = [
            voted(10, 2, 7, pending(1)),
            voted(20, 3, 7, pending(2)),
            voted(20, 3, 7, pending(2)),
        ];
        assert_eq!(waiting(&begun, 30), [(7, 2)]);
        assert_eq!(waiting(&begun, 10 + GUARDIAN_ACT_MS), [], "a week is over");
        let done = [begun.to_vec(), vec![voted(30, 4, 7, Acted::Done)]].concat();
        assert_eq!(waiting(&done, 40), []);
        let other = [begun.to_vec(), vec![voted(30, 2, 8, pending(1))]].concat();
        assert_eq!(waiting(&other, 40), [(8, 1)], "who begins another ends the first");
        let revoked = AllRevoked {
            patient: PATIENT,
            granted: 0,
            delegated: 0,
            version: 1,
        };
        let revoked = vec![told(30, Event::AllRevoked(revoked))];
        let void = [begun.to_vec(), revoked.clone()].concat();
        assert_eq!(waiting(&void, 40), []);
        let replacing = [vec![voted(10, 2, 100, pending(1))], revoked].concat();
        assert_eq!(
            waiting(&replacing, 40),
            [(100, 1)],
            "a thief ends everything, but not that"
        );

        let named = GuardiansSet {
            patient: PATIENT,
            guardians: Guardians::default(),
            from: 50,
        };
        let vetoed = Vetoed {
            patient: PATIENT,
            controller: None,
            guardians: true,
        };
        let followed = [begun.to_vec(), vec![told(30, Event::GuardiansSet(named))]].concat();
        assert_eq!(waiting(&followed, 49), [(7, 2)], "they are the guardians yet");
        assert_eq!(waiting(&followed, 50), []);
        let stayed = [followed, vec![told(40, Event::Vetoed(vetoed))]].concat();
        assert_eq!(waiting(&stayed, 50), [(7, 2)]);
    }
}
