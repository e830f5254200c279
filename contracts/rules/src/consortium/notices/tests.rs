use super::*;
use crate::{
    consortium::{
        testing::{account, opt_out, role, HOSPITAL, STRANGER},
        MAX_JURISDICTIONS,
    },
    Roles,
};

/// The largest notice of each kind.
fn largest() -> [Notice; 8] {
    let operator = |byte| ProxyOperator {
        account: account(byte),
        organisation: HOSPITAL,
    };
    [
        Notice::Roles(Appointment {
            holders: vec![
                Holder {
                    account: STRANGER,
                    roles: vec![role(Roles::ALL, HOSPITAL, u64::MAX); MAX_ORGANISATIONS_PER_ACCOUNT],
                };
                MAX_APPOINTED
            ],
        }),
        Notice::Organisations(Organisations {
            admitted: MAX_ORGANISATIONS,
            suspended: vec![u8::MAX; MAX_ORGANISATIONS as usize / 8],
            successions: vec![
                Succession {
                    organisation: HOSPITAL,
                    successor: HOSPITAL,
                };
                MAX_SUCCESSIONS
            ],
        }),
        Notice::Proxies(ProxyOperators {
            operators: (0..32).map(operator).collect(),
        }),
        Notice::Limits(Limits::MAX),
        Notice::Upgrade {
            code_hash: Hash([1; 32]),
        },
        Notice::Paused { until: u64::MAX },
        Notice::Jurisdictions(Jurisdictions {
            defaults: vec![opt_out(u8::MAX); MAX_JURISDICTIONS],
        }),
        Notice::Resident {
            patient: STRANGER,
            jurisdiction: Some(JurisdictionId(u8::MAX)),
        },
    ]
}

#[test]
fn the_largest_notice_fits_the_length_that_is_promised() {
    for notice in largest() {
        assert!(notice.encoded_size() <= Notice::max_encoded_len(), "{notice:?}");
    }
}

#[test]
fn a_notice_is_read_back_and_its_kind_is_its_first_byte() {
    for (kind, notice) in (0_u8..).zip(largest()) {
        let bytes = notice.encode();
        assert_eq!(bytes[0], kind, "{notice:?}");
        assert_eq!(Notice::decode(&mut &bytes[..]), Ok(notice));
    }
}

#[test]
fn the_ledger_is_told_of_roles_organisations_limits_and_upgrades() {
    for notice in largest() {
        let of_both = matches!(
            notice,
            Notice::Roles(_) | Notice::Organisations(_) | Notice::Limits(_) | Notice::Upgrade { .. }
        );
        assert_eq!(notice.concerns_ledger(), of_both, "{notice:?}");
    }
}
