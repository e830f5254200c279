//! Who registers a domain, and what becomes the next batch of one.

use super::{events, messages, Batch, Domain, LedgerError, MAX_BATCH_RECORDS};
use crate::{consortium::Role, BatchNumber, DomainId, OprfKey, Roles, Timestamp};

/// Decides on a new domain: the number and state that it gets.
///
/// `role` is the caller's role now, and `registered` how many domains there are.
///
/// # Errors
/// In this order: [`InvalidKey`](LedgerError::InvalidKey), [`NotCustodian`](LedgerError::NotCustodian),
/// [`TooMany`](LedgerError::TooMany).
pub fn register_domain(role: Option<Role>, registered: u32, key: OprfKey) -> Result<(DomainId, Domain), LedgerError> {
    if key.0 == [0; 32] {
        return Err(LedgerError::InvalidKey);
    }
    let role = role
        .filter(|role| role.roles.contains(Roles::ORGANISATION_ADMIN))
        .ok_or(LedgerError::NotCustodian)?;
    let number = registered.checked_add(1).ok_or(LedgerError::TooMany)?;
    Ok((
        DomainId(number),
        Domain {
            custodian: role.organisation,
            next_batch: 0,
            epoch: 0,
            key,
        },
    ))
}

/// Decides what can be decided about a batch before the caller's role is known.
///
/// # Errors
/// In this order: [`InvalidSize`](LedgerError::InvalidSize), [`UnknownDomain`](LedgerError::UnknownDomain).
pub fn check_anchor(request: &messages::Anchor, domain: Option<Domain>) -> Result<Domain, LedgerError> {
    if request.records == 0 || request.records > MAX_BATCH_RECORDS {
        return Err(LedgerError::InvalidSize);
    }
    domain.ok_or(LedgerError::UnknownDomain)
}

/// Decides on a batch: the domain and the batch as they stand afterwards, and what to tell the world.
///
/// `role` is the caller's role now.
///
/// # Errors
/// In this order: those of [`check_anchor`], [`NotCustodian`](LedgerError::NotCustodian),
/// [`BatchTaken`](LedgerError::BatchTaken), [`TooMany`](LedgerError::TooMany).
pub fn anchor(
    request: &messages::Anchor,
    domain: Option<Domain>,
    role: Option<Role>,
    now: Timestamp,
) -> Result<(Domain, Batch, events::Anchored), LedgerError> {
    let domain = check_anchor(request, domain)?;
    role.filter(|role| role.roles.contains(Roles::ORGANISATION_ADMIN) && role.organisation == domain.custodian)
        .ok_or(LedgerError::NotCustodian)?;
    if request.expected != BatchNumber(domain.next_batch) {
        return Err(LedgerError::BatchTaken {
            next: domain.next_batch,
        });
    }
    let next_batch = domain.next_batch.checked_add(1).ok_or(LedgerError::TooMany)?;
    let batch = Batch {
        record_root: request.record_root,
        index_commitment: request.index_commitment,
        manifest: request.manifest,
        records: request.records,
        anchored_at: now,
        version: 0,
    };
    let anchored = events::Anchored {
        domain: request.domain,
        batch: request.expected,
        record_root: request.record_root,
        index_commitment: request.index_commitment,
        records: request.records,
        manifest: request.manifest,
    };
    Ok((Domain { next_batch, ..domain }, batch, anchored))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hash, OrganisationId};
    use scale::MaxEncodedLen;

    const HOSPITAL: OrganisationId = OrganisationId(1);
    const KEY: OprfKey = OprfKey([9; 32]);
    const NOW: Timestamp = 1_000;

    fn role(roles: Roles, organisation: OrganisationId) -> Option<Role> {
        Some(Role {
            roles,
            organisation,
            until: Timestamp::MAX,
        })
    }

    fn admin() -> Option<Role> {
        role(Roles::ORGANISATION_ADMIN, HOSPITAL)
    }

    fn domain(next_batch: u32) -> Option<Domain> {
        Some(Domain {
            custodian: HOSPITAL,
            next_batch,
            epoch: 0,
            key: KEY,
        })
    }

    fn request(expected: u32, records: u32) -> messages::Anchor {
        messages::Anchor {
            domain: DomainId(1),
            expected: BatchNumber(expected),
            record_root: Hash([1; 32]),
            index_commitment: Hash([2; 32]),
            records,
            manifest: Hash([3; 32]),
        }
    }

    #[test]
    fn an_organisation_admin_registers_domains_from_one() {
        let fresh = Domain {
            custodian: HOSPITAL,
            next_batch: 0,
            epoch: 0,
            key: KEY,
        };
        for (role, registered, key, expected) in [
            (admin(), 0, KEY, Ok((DomainId(1), fresh))),
            (admin(), 6, KEY, Ok((DomainId(7), fresh))),
            (admin(), u32::MAX, KEY, Err(LedgerError::TooMany)),
            (role(Roles::CLINICIAN, HOSPITAL), 0, KEY, Err(LedgerError::NotCustodian)),
            (None, 0, KEY, Err(LedgerError::NotCustodian)),
            (None, 0, OprfKey([0; 32]), Err(LedgerError::InvalidKey)),
        ] {
            assert_eq!(register_domain(role, registered, key), expected, "{role:?}");
        }
    }

    #[test]
    fn anchoring_refuses_in_the_documented_order() {
        let clinician = role(Roles::CLINICIAN, HOSPITAL);
        let other_admin = role(Roles::ORGANISATION_ADMIN, OrganisationId(2));
        for (request, domain, role, expected) in [
            (request(9, 0), None, None, LedgerError::InvalidSize),
            (request(9, MAX_BATCH_RECORDS + 1), None, None, LedgerError::InvalidSize),
            (request(9, 1), None, None, LedgerError::UnknownDomain),
            (request(9, 1), domain(4), None, LedgerError::NotCustodian),
            (request(9, 1), domain(4), clinician, LedgerError::NotCustodian),
            (request(9, 1), domain(4), other_admin, LedgerError::NotCustodian),
            (request(9, 1), domain(4), admin(), LedgerError::BatchTaken { next: 4 }),
            (request(3, 1), domain(4), admin(), LedgerError::BatchTaken { next: 4 }),
            (request(u32::MAX, 1), domain(u32::MAX), admin(), LedgerError::TooMany),
        ] {
            assert_eq!(
                anchor(&request, domain, role, NOW),
                Err(expected),
                "{request:?} {role:?}"
            );
        }
    }

    #[test]
    fn an_anchored_batch_takes_the_number_and_moves_the_domain_on() {
        for records in [1, MAX_BATCH_RECORDS] {
            let request = request(4, records);
            let (after, batch, event) = anchor(&request, domain(4), admin(), NOW).expect("the admin anchors");
            assert_eq!(after, domain(5).expect("a domain"));
            assert_eq!((batch.records, batch.anchored_at, batch.version), (records, NOW, 0));
            assert_eq!(
                (batch.record_root, batch.index_commitment),
                (request.record_root, request.index_commitment)
            );
            assert_eq!((event.batch, event.manifest), (BatchNumber(4), batch.manifest));
        }
    }

    #[test]
    fn a_batch_is_at_most_128_bytes_of_state() {
        assert!(Batch::max_encoded_len() <= 128, "{} bytes", Batch::max_encoded_len());
    }
}
