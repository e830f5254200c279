//! The events of the consent contract.

use super::{Acted, Answer, Glass, Grantee, Guardians, Parent, Request, Terms, Verdict};
use crate::{message::events, AccountId, GrantId, Hash, Slots, Timestamp};

events! {
    /// A patient gave a grant.
    Granted(
        "aegle/consent/granted/v2",
        "5e1e740e758cffb5a839a9133aebae497a60b6086485c8c1f15890b9f0eef862"
    ) {
        /// The patient.
        patient: AccountId,
        /// The grant's number.
        id: GrantId,
        /// The version of the patient's slot epochs, which the split is bound to.
        version: u32,
        /// Its terms.
        terms: Terms,
    }

    /// Somebody passed on a part of a grant.
    Delegated(
        "aegle/consent/delegated/v1",
        "04b3e8884c7111faa6a6fb4d02c2b01ad5494defca9bf2f10c5cea5b3e6da046"
    ) {
        /// The patient.
        patient: AccountId,
        /// The number of what was passed on.
        id: GrantId,
        /// The version of the patient's slot epochs, which the split is bound to.
        version: u32,
        /// What it is a part of.
        parent: Parent,
        /// Who passed it on.
        by: AccountId,
        /// Its terms.
        terms: Terms,
    }

    /// A grant was ended: by the patient, or, where it was passed on, by whoever may pass it on.
    Revoked(
        "aegle/consent/revoked/v2",
        "09ed20d98f4433065392d2e4e7a8f69533ee8e651625a44edd4814f2a03a3680"
    ) {
        /// The patient.
        patient: AccountId,
        /// The grant's number.
        id: GrantId,
        /// To whom it was given.
        grantee: Grantee,
        /// The version of the patient's slot epochs from now on.
        version: u32,
    }

    /// A patient ended every grant, those that were passed on among them.
    AllRevoked(
        "aegle/consent/all-revoked/v1",
        "a7d22380a69c8744eb81fa5b512ea148efa4af1ed0c0399511bd966f280d098e"
    ) {
        /// The patient.
        patient: AccountId,
        /// The last grant of the patient that is void.
        granted: u32,
        /// The number of the last grant passed on that is void, without its top bit.
        delegated: u32,
        /// The version of the patient's slot epochs from now on.
        version: u32,
    }

    /// Grants that were over already were removed.
    Cleared(
        "aegle/consent/cleared/v1",
        "983a41bf5451870890a32bab7020b961db8b57865336ae5f1bc981684e041e31"
    ) {
        /// The patient.
        patient: AccountId,
        /// To whom they were given.
        grantee: Grantee,
    }

    /// A patient marked restricted slots, replacing what was marked.
    RestrictedSet(
        "aegle/consent/restricted-set/v1",
        "58bc8f43e84dafe91b2ca678403c746f6d7f6a08f88d0c747eaf2deda62557b1"
    ) {
        /// The patient.
        patient: AccountId,
        /// The restricted slots.
        slots: Slots,
    }

    /// A patient moved the epochs of slots on, though no grant of theirs was ended.
    EpochsAdvanced(
        "aegle/consent/epochs-advanced/v1",
        "2e71bea991882eb00caffaff0becc3195c69eeb0c6feae2a353a8f7563480db1"
    ) {
        /// The patient.
        patient: AccountId,
        /// The slots.
        slots: Slots,
    }

    /// Somebody asked a patient for access.
    AccessRequested(
        "aegle/consent/access-requested/v1",
        "689881c1b86932dfe49bf9acc60e0981d67c45dba7daa0585e2c37db6e110d9b"
    ) {
        /// The patient.
        patient: AccountId,
        /// Who asks.
        requester: AccountId,
        /// For what, and until when it can be approved.
        request: Request,
    }

    /// A request is over.
    RequestClosed(
        "aegle/consent/request-closed/v1",
        "b52da63c3264d7e8de214b05d25a4366e32d8607016b1ec084f54edd3a8b08c9"
    ) {
        /// The patient.
        patient: AccountId,
        /// Who asked.
        requester: AccountId,
        /// How it ended.
        answer: Answer,
    }

    /// Guardians were named for a patient, replacing who was named.
    GuardiansSet(
        "aegle/consent/guardians-set/v2",
        "c8fa9f1635563b2d632019f643c8debec1b47ee74dde45621b1a3645c407b81f"
    ) {
        /// The patient.
        patient: AccountId,
        /// The guardians.
        guardians: Guardians,
        /// First millisecond at which they act; until then, it may be vetoed.
        from: Timestamp,
    }

    /// Guardians let another key control a patient's account.
    ReplacementBegun(
        "aegle/consent/replacement-begun/v1",
        "0c662979efa114dc07a00f4b92a778f2cecd0016625bea0f6a1c46f88da90fce"
    ) {
        /// The patient.
        patient: AccountId,
        /// The new controller.
        controller: AccountId,
        /// First millisecond at which it controls the account; until then, it may be vetoed.
        from: Timestamp,
        /// Whether a change of guardians that waited was taken back with it.
        keeps_guardians: bool,
    }

    /// Something about who acts for a patient was taken back before it counted.
    Vetoed(
        "aegle/consent/vetoed/v1",
        "1650ab3491a0015261b222b5220264aec6ad5666e5956a2fb97caa0dd7c2db06"
    ) {
        /// The patient.
        patient: AccountId,
        /// Who would have controlled the account.
        controller: Option<AccountId>,
        /// Whether a change of guardians was taken back.
        guardians: bool,
    }

    /// A patient has a recovery key, instead of the one before.
    RecoveryKeySet(
        "aegle/consent/recovery-key-set/v1",
        "b5a3745d3beaec326c30d65d3ce6ebd450eed61b89e5440e7b7a50b411df3b32"
    ) {
        /// The patient.
        patient: AccountId,
        /// The key.
        key: AccountId,
    }

    /// A guardian wants something done for a patient. Where it is done, the events of that follow.
    GuardianVoted(
        "aegle/consent/guardian-voted/v2",
        "568623f5a1b01d2128b0e7b9b8efc3d35d684f7f4f65a5e3dbbe6739c3da270b"
    ) {
        /// The patient.
        patient: AccountId,
        /// The guardian.
        guardian: AccountId,
        /// The [hash](super::guardians::call_hash) of the call.
        call: Hash,
        /// Whether the call lets another key control the account.
        replaces: bool,
        /// What came of it.
        outcome: Acted,
    }

    /// A clinician opened a patient's records in an emergency.
    GlassBroken(
        "aegle/consent/glass-broken/v1",
        "0c3cf5e9338cd034bf2ba299db9f7b469e44574d7e50674ed7decf96c7936536"
    ) {
        /// The patient.
        patient: AccountId,
        /// The clinician.
        clinician: AccountId,
        /// From when until when, and why.
        glass: Glass,
        /// Salted hash of the reason in words.
        note: Hash,
        /// First millisecond at which its review is overdue.
        review_by: Timestamp,
    }

    /// An organisation, or an auditor, said whether it was right to break a glass.
    GlassReviewed(
        "aegle/consent/glass-reviewed/v1",
        "a7376a559513473d9dd52b584f9654b8be7bd92867ad354cf0a195120a669d05"
    ) {
        /// The patient.
        patient: AccountId,
        /// The clinician.
        clinician: AccountId,
        /// When the glass was broken.
        opened_at: Timestamp,
        /// Who reviewed it.
        reviewer: AccountId,
        /// What they found.
        verdict: Verdict,
        /// Salted hash of their reasons.
        note: Hash,
        /// Whether the review was overdue.
        late: bool,
    }

    /// A patient closed a broken glass before its time.
    GlassClosed(
        "aegle/consent/glass-closed/v1",
        "ac379b73ca3d42e2960c74c64166fac740565dbeec348df1709ae1884517449b"
    ) {
        /// The patient.
        patient: AccountId,
        /// Who broke it.
        clinician: AccountId,
        /// When.
        opened_at: Timestamp,
    }
}
