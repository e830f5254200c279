use super::*;
use crate::consortium::testing::{account, state, HOSPITAL, SUSPENDED, UNKNOWN};

fn operators(count: u8) -> Vec<ProxyOperator> {
    let operator = |byte| ProxyOperator {
        account: account(byte),
        organisation: HOSPITAL,
    };
    (0..count).map(operator).collect()
}

#[test]
fn there_are_at_most_as_many_proxies_as_a_grant_has_bits_for() {
    let invalid = Err(ConsortiumError::InvalidProxies);
    for (count, expected) in [
        (0, Ok(())),
        (1, Ok(())),
        (31, Ok(())),
        (32, Ok(())),
        (33, invalid),
        (255, invalid),
    ] {
        assert_eq!(validate_proxies(&operators(count)), expected, "{count}");
    }
}

#[test]
fn no_account_is_two_proxies_for_whichever_organisation() {
    for (first, second) in [(0, 1), (0, 31), (15, 16), (30, 31)] {
        let mut operators = operators(32);
        operators[second] = ProxyOperator {
            organisation: SUSPENDED,
            ..operators[first]
        };
        assert_eq!(
            validate_proxies(&operators),
            Err(ConsortiumError::InvalidProxies),
            "{first} and {second}"
        );
    }
}

#[test]
fn every_proxy_is_run_by_an_organisation_that_exists() {
    let organisations = state(1, 1).organisations;
    for (organisation, exists) in [
        (OrganisationId(0), false),
        (HOSPITAL, true),
        (SUSPENDED, true),
        (UNKNOWN, false),
    ] {
        for place in [0, 16, 31] {
            let mut operators = operators(32);
            operators[place].organisation = organisation;
            assert_eq!(
                organisations_exist(&operators, &organisations),
                exists,
                "{organisation} at {place}"
            );
        }
    }
    assert!(organisations_exist(&[], &organisations));
}

#[test]
fn as_many_proxies_as_may_be_fit_the_length_that_is_promised() {
    let operators = ProxyOperators {
        operators: operators(32),
    };
    assert!(operators.encoded_size() <= ProxyOperators::max_encoded_len());
}
