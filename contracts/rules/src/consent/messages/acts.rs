//! The messages about requests, guardians, break-glass and relayed calls.

use crate::{
    consent::{
        calls::{Call, SignedAct},
        control::{Control, RecoveryAct},
        glass::{Breaker, Glass, GlassDay, Verdict},
        guardians::{Acted, Change, Guardians},
        history::HistoryHash,
        requests::{Ask, Request},
        ConsentError, Terms,
    },
    message::message,
    relay::Relayed,
    AccountId, GrantId, Hash, OrganisationId, Timestamp,
};
use scale::{Decode, Encode};

/// Asks a patient for access; the caller is the requester.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RequestAccess {
    /// The patient.
    pub patient: AccountId,
    /// What is asked for.
    pub ask: Ask,
}
message!(RequestAccess, "request_access", 0xd90e_e82b, Result<(), ConsentError>);

/// Answers a request with a grant; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Approve {
    /// Who asked.
    pub requester: AccountId,
    /// The number that `next_grant` says.
    pub id: GrantId,
    /// What is granted: what was asked for, or less.
    pub terms: Terms,
}
message!(Approve, "approve", 0x6812_66a0, Result<(), ConsentError>);

/// Answers a request with no; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Decline {
    /// Who asked.
    pub requester: AccountId,
}
message!(Decline, "decline", 0xc319_0661, Result<(), ConsentError>);

/// Takes a request back; the caller is the requester.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct WithdrawRequest {
    /// The patient.
    pub patient: AccountId,
}
message!(
    WithdrawRequest,
    "withdraw_request",
    0x1565_d895,
    Result<(), ConsentError>
);

/// The request of somebody to a patient that was not answered yet; it may have expired.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RequestOf {
    /// The patient.
    pub patient: AccountId,
    /// Who asked.
    pub requester: AccountId,
}
message!(RequestOf, "request", 0x468e_6c52, Option<Request>);

/// Names who may act for a patient, replacing who was named; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SetGuardians {
    /// The guardians; [`Guardians::default`] for nobody.
    pub guardians: Guardians,
}
message!(SetGuardians, "set_guardians", 0x3ba7_8629, Result<(), ConsentError>);

/// Wants something done for a patient; the caller is a guardian.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GuardianAct {
    /// The patient.
    pub patient: AccountId,
    /// What is to be done.
    pub call: Call,
}
message!(GuardianAct, "guardian_act", 0x522f_0f2d, Result<Acted, ConsentError>);

/// Who may act for a patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GuardiansOf {
    /// The patient.
    pub patient: AccountId,
}
message!(GuardiansOf, "guardians", 0x12d7_0020, Guardians);

/// The guardians who are to follow those that a patient has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GuardianChange {
    /// The patient.
    pub patient: AccountId,
}
message!(GuardianChange, "guardian_change", 0x65ac_3ad1, Option<Change>);

/// Does something for a patient; the caller controls the patient's account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Act {
    /// The patient.
    pub patient: AccountId,
    /// What is done.
    pub call: Call,
}
message!(Act, "act", 0xcdce_bd21, Result<(), ConsentError>);

/// Vetoes, or names the recovery key that follows; the caller is the patient's recovery key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Recover {
    /// The patient.
    pub patient: AccountId,
    /// What is done.
    pub act: RecoveryAct,
}
message!(Recover, "recover", 0x1259_1ee4, Result<(), ConsentError>);

/// Who acts for a patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ControlOf {
    /// The patient.
    pub patient: AccountId,
}
message!(ControlOf, "control", 0x02fc_5e3e, Control);

/// The running hash of what was told of a patient's consent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct HistoryOf {
    /// The patient.
    pub patient: AccountId,
}
message!(HistoryOf, "history", 0xa156_0f1b, HistoryHash);

/// Opens a patient's records in an emergency; the caller is the clinician.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BreakGlass {
    /// The patient.
    pub patient: AccountId,
    /// The reason, as a code of the consortium's own list.
    pub reason: u8,
    /// Salted hash of the reason in words.
    pub note: Hash,
}
message!(BreakGlass, "break_glass", 0xf32c_8dfe, Result<(), ConsentError>);

/// Says whether it was right to break a glass; the caller is an admin of the clinician's organisation, or an auditor where
/// those cannot.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Review {
    /// Whose records were opened.
    pub patient: AccountId,
    /// Who opened them.
    pub clinician: AccountId,
    /// When.
    pub opened_at: Timestamp,
    /// What the reviewer found.
    pub verdict: Verdict,
    /// Salted hash of the reviewer's reasons.
    pub note: Hash,
}
message!(Review, "review", 0x2c3c_4d60, Result<(), ConsentError>);

/// Closes a broken glass before its time; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CloseGlass {
    /// Who broke it.
    pub clinician: AccountId,
}
message!(CloseGlass, "close_glass", 0x8031_261f, Result<(), ConsentError>);

/// The last glass of a clinician at a patient; it may have ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GlassOf {
    /// The patient.
    pub patient: AccountId,
    /// The clinician.
    pub clinician: AccountId,
}
message!(GlassOf, "glass", 0xfd8d_bdb2, Option<Glass>);

/// What is kept of a clinician who broke glasses: reviews that are due, and the last day.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BreakerOf {
    /// The clinician.
    pub clinician: AccountId,
}
message!(BreakerOf, "breaker", 0xba4f_2618, Breaker);

/// How many glasses the clinicians of an organisation broke in its last day.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GlassDayOf {
    /// The organisation.
    pub organisation: OrganisationId,
}
message!(GlassDayOf, "glass_day", 0xebe4_abcd, GlassDay);

/// Does what a patient, a guardian or a recovery key has signed, whoever submits it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RelayedCall {
    /// The signed call.
    pub relayed: Relayed<SignedAct>,
}
message!(RelayedCall, "relayed", 0x95fd_d505, Result<(), ConsentError>);

/// The nonce of the next relayed call of whoever controls a patient's account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RelayNonce {
    /// The patient.
    pub account: AccountId,
}
message!(RelayNonce, "relay_nonce", 0x3951_19cf, u64);

/// The nonce of the next relayed act of a guardian or a recovery key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GuardianNonce {
    /// The guardian or the recovery key.
    pub account: AccountId,
}
message!(GuardianNonce, "guardian_nonce", 0xebfb_3610, u64);
