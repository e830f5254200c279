//! What the committee decides of contracts, their code and proxies.

use super::*;

#[test]
fn nothing_is_connected_while_new_code_waits_for_what_it_replaces() {
    let (consent, ledger) = (account(8), account(9));
    let connect = Action::Connect { consent, ledger };
    let connected = Ok(Change::Contracts(Contracts { consent, ledger }));
    check(connect.clone(), &state(3, 2), connected.clone());
    for (contract, expected) in [
        (Which::Consortium, connected),
        (Which::Consent, Err(ConsortiumError::UpgradePending)),
        (Which::Ledger, Err(ConsortiumError::UpgradePending)),
    ] {
        check(connect.clone(), &scheduled(contract), expected);
    }
}

#[test]
fn proxies_are_run_by_organisations_that_exist() {
    for (organisation, expected) in [
        (HOSPITAL, Ok(())),
        (SUSPENDED, Ok(())),
        (UNKNOWN, Err(ConsortiumError::UnknownOrganisation)),
    ] {
        let operators = vec![ProxyOperator {
            account: ADMIN,
            organisation,
        }];
        let proxies = ProxyOperators {
            operators: operators.clone(),
        };
        let change = expected.map(|()| Change::Proxies(proxies));
        check(Action::SetProxies { operators }, &state(3, 2), change);
    }
    let none = Change::Proxies(ProxyOperators::default());
    check(Action::SetProxies { operators: Vec::new() }, &state(3, 2), Ok(none));
}

#[test]
fn an_upgrade_waits_at_least_as_long_as_the_limit_says() {
    for timelock_ms in [
        Limits::MIN.timelock_ms,
        Limits::DEFAULT.timelock_ms,
        Limits::MAX.timelock_ms,
    ] {
        let mut state = state(3, 2);
        state.limits.timelock_ms = timelock_ms;
        let earliest = NOW + timelock_ms;
        for contract in [Which::Consortium, Which::Consent, Which::Ledger] {
            for (not_before, in_time) in [
                (0, false),
                (NOW, false),
                (earliest - 1, false),
                (earliest, true),
                (earliest + 1, true),
                (Timestamp::MAX, true),
            ] {
                let code_hash = Hash([5; 32]);
                let upgrade_then = Some(Upgrade {
                    code_hash,
                    layout: 7,
                    not_before,
                });
                let expected = if in_time {
                    Ok(Change::Upgrade {
                        contract,
                        upgrade: upgrade_then,
                    })
                } else {
                    Err(ConsortiumError::TooEarly)
                };
                check(upgrade(contract, not_before), &state, expected);
            }
        }
    }
}

#[test]
fn the_timelock_counts_from_the_execution_and_not_from_the_proposal() {
    let state = state(3, 2);
    let action = upgrade(Which::Consent, NOW + state.limits.timelock_ms);
    assert!(decide(action.clone(), &state, &held([]), NOW).is_ok());
    let later = decide(action, &state, &held([]), NOW + 1);
    assert_eq!(later, Err(ConsortiumError::TooEarly));
}

#[test]
fn only_what_is_scheduled_is_cancelled_and_for_that_contract_alone() {
    for contract in [Which::Consortium, Which::Consent, Which::Ledger] {
        for other in [Which::Consortium, Which::Consent, Which::Ledger] {
            let expected = if other == contract {
                Ok(Change::Upgrade {
                    contract,
                    upgrade: None,
                })
            } else {
                Err(ConsortiumError::NothingScheduled)
            };
            check(
                Action::CancelUpgrade { contract: other },
                &scheduled(contract),
                expected,
            );
        }
    }
}

#[test]
fn only_a_pause_that_is_not_over_is_ended() {
    let mut state = state(3, 2);
    for (until, expected) in [
        (0, Err(ConsortiumError::NotPaused)),
        (NOW, Err(ConsortiumError::NotPaused)),
        (NOW + 1, Ok(Change::Resumed)),
    ] {
        state.pauses.until = until;
        assert_eq!(decide(Action::Resume, &state, &held([]), NOW), expected, "{until}");
    }
}
