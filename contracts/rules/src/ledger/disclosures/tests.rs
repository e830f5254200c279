use super::*;
use crate::ledger::testing::{admin, disclose, domain, role, CALLER, DOMAIN, HOSPITAL, NOW, OTHER};

#[test]
fn accounting_refuses_in_the_documented_order() {
    let clinician = role(Roles::CLINICIAN, HOSPITAL);
    let other_admin = role(Roles::ORGANISATION_ADMIN, OTHER);
    let last = u32::MAX;
    let stands = Some(domain());
    for (request, domain, role, previous, expected) in [
        (disclose(last, 0), None, None, false, LedgerError::InvalidSize),
        (
            disclose(last, MAX_DISCLOSURES + 1),
            None,
            None,
            false,
            LedgerError::InvalidSize,
        ),
        (disclose(last, 1), None, None, false, LedgerError::UnknownDomain),
        (disclose(last, 1), stands, None, false, LedgerError::NotDiscloser),
        (disclose(last, 1), stands, clinician, false, LedgerError::NotDiscloser),
        (disclose(last, 1), stands, other_admin, false, LedgerError::NotDiscloser),
        (
            disclose(last, 1),
            stands,
            admin(),
            false,
            LedgerError::DisclosuresTaken { next: 4 },
        ),
        (disclose(last, 1), stands, admin(), true, LedgerError::TooMany),
    ] {
        let answer = anchor_disclosures(&request, (CALLER, role), NOW, domain, |_| previous, || 4);
        assert_eq!(answer, Err(expected), "{request:?} {role:?}");
    }
}

#[test]
fn the_custodian_and_any_proxy_operator_account_and_are_named() {
    let next = || unreachable!("nothing is searched for");
    for role in [admin(), role(Roles::PROXY_OPERATOR, OTHER)] {
        for (sequence, count) in [
            (0, 1),
            (1, MAX_DISCLOSURES - 1),
            (5, MAX_DISCLOSURES),
            (u32::MAX - 1, 1),
        ] {
            let exists = |number| {
                assert_eq!(number, sequence - 1, "only the one before is asked about");
                true
            };
            let request = disclose(sequence, count);
            let (kept, event) = anchor_disclosures(&request, (CALLER, role), NOW, Some(domain()), exists, next)
                .expect("the number follows");
            let expected = Disclosures {
                root: request.root,
                count,
                at: NOW,
            };
            assert_eq!(kept, expected);
            let expected = events::DisclosuresAnchored {
                domain: DOMAIN,
                sequence,
                root: request.root,
                count,
                by: CALLER,
            };
            assert_eq!(event, expected);
        }
    }
}
