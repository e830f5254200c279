use super::*;
use crate::{
    ledger::testing::{admin, domain, role, set_servers as request, OTHER},
    AccountId, Roles,
};
use alloc::vec;

fn answer(servers: Servers) -> Result<(), LedgerError> {
    let request = messages::SetServers { servers, ..request() };
    set_servers(&request, Some(domain()), admin()).map(|event| assert_eq!(event.servers, request.servers))
}

#[test]
fn the_custodians_admin_names_them_and_nobody_else() {
    let custodian = role(Roles::CUSTODIAN, crate::ledger::testing::HOSPITAL);
    for (domain, role, expected) in [
        (None, None, LedgerError::UnknownDomain),
        (Some(domain()), None, LedgerError::NotCustodian),
        (Some(domain()), custodian, LedgerError::NotCustodian),
        (
            Some(domain()),
            role(Roles::ORGANISATION_ADMIN, OTHER),
            LedgerError::NotCustodian,
        ),
    ] {
        assert_eq!(set_servers(&request(), domain, role), Err(expected), "{role:?}");
    }
    assert_eq!(answer(request().servers), Ok(()));
    assert_eq!(answer(Servers::default()), Ok(()), "a domain may have none");
}

#[test]
fn no_proxy_is_named_twice_and_no_server_is_an_account_that_nobody_has() {
    let named = |count: u8| (1..=count).map(|byte| AccountId([byte; 32])).collect();
    let proxies = |proxies| Servers {
        proxies,
        ..Servers::default()
    };
    let nobody = AccountId([0; 32]);
    for (servers, fits) in [
        (proxies(named(32)), true),
        (proxies(named(33)), false),
        (proxies(vec![AccountId([1; 32]); 2]), false),
        (proxies(vec![nobody]), false),
        (
            Servers {
                indexer: Some(nobody),
                ..Servers::default()
            },
            false,
        ),
        (
            Servers {
                token_service: Some(nobody),
                ..Servers::default()
            },
            false,
        ),
    ] {
        let expected = if fits { Ok(()) } else { Err(LedgerError::InvalidServers) };
        assert_eq!(answer(servers.clone()), expected, "{servers:?}");
    }
}
