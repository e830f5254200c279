//! Who takes part, and what each of them holds.

use aegle_client::{
    account::AccountKey,
    clinician::reader::Reader,
    crypto::master::MasterSecret,
    custodian::{Custodian, EnrolledPatient},
    keys::DomainKey,
    patient::Patient,
    protocol::{keys::EncryptionSecret, random::SystemRandom},
};
use anyhow::Result;
use std::sync::Arc;

/// The funds with which every new account pays its transactions, in planck.
pub(crate) const POCKET_MONEY: u128 = 1_000_000_000_000_000;

/// Everybody.
pub(crate) struct Cast {
    /// Member of the committee.
    pub(crate) committee: AccountKey,
    /// The hospital, by its admin.
    pub(crate) hospital: Arc<Custodian>,
    /// The admin of the trust that runs the indexer.
    pub(crate) trust: AccountKey,
    /// The clinician who is granted access.
    pub(crate) clinician: Reader,
    /// Another clinician, who is not.
    pub(crate) outsider: Reader,
    /// A researcher, who is granted nothing by name.
    pub(crate) researcher: Reader,
    /// The patients, in the order of their charts.
    pub(crate) patients: Vec<Patient>,
}

impl Cast {
    /// Makes everybody, with fresh keys; the committee is `//Alice`, who has funds on every development chain.
    pub(crate) fn new(patients: usize) -> Result<Self> {
        let reader = || -> Result<Reader> {
            Ok(Reader::new(
                AccountKey::generate()?,
                EncryptionSecret::generate(&mut SystemRandom),
            ))
        };
        let (domain_key, _) = DomainKey::generate()?;
        let hospital = Custodian::new(
            AccountKey::generate()?,
            EncryptionSecret::generate(&mut SystemRandom),
            domain_key,
        )
        .with_cohort();
        let patient = |_| {
            Ok(Patient::new(
                AccountKey::generate()?,
                MasterSecret::generate(&mut SystemRandom),
            ))
        };
        Ok(Self {
            committee: AccountKey::development("Alice"),
            hospital: Arc::new(hospital),
            trust: AccountKey::generate()?,
            clinician: reader()?,
            outsider: reader()?,
            researcher: reader()?,
            patients: (0..patients).map(patient).collect::<Result<_>>()?,
        })
    }
}

/// A patient at the hospital: what it needs to seal to them.
pub(crate) type Enrolled = Vec<EnrolledPatient>;
