//! Why something is not done on chain: requests, answers, what is passed on, emergencies, guardians, votes, appointments.

use super::Fault;
use crate::json::Paid;
use aegle_client::{
    chain::CallError,
    clinician::{delegation::DelegationError, glass::GlassError, requests::RequestError},
    committee::CommitteeError,
    custodian::ErasureError,
    guardian::GuardianError,
    organisation::{InviteError, StaffError},
    patient::ApproveError,
    protocol::wire::InvitationError,
    recovery::RecoveryError,
    refusal::RoleProblem,
};
use aegle_rules::ProposalId;
use serde_json::json;

impl Fault {
    /// A note is not of the request that it was handed over with.
    pub(crate) fn other_note() -> Self {
        let message = "the note is not of this request, so that nothing was approved";
        Self::plain("other-note", message.into()).tampered(true)
    }

    /// Nobody knows what a proposal is for.
    pub(crate) fn unknown_proposal(id: ProposalId) -> Self {
        let message =
            format!("no event tells what proposal {id} is for, and nobody should vote for what they do not know");
        Self::plain("not-open", message).with(json!({ "proposal": id }))
    }
}

impl From<RoleProblem> for Fault {
    fn from(problem: RoleProblem) -> Self {
        let account = match &problem {
            RoleProblem::Ended { account, .. }
            | RoleProblem::Other { account, .. }
            | RoleProblem::Offered { account, .. }
            | RoleProblem::None(account) => Some(*account),
            _ => None,
        };
        Self::new("no-role", &problem).with(json!({ "account": account }))
    }
}

impl From<RequestError> for Fault {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Contract(error) => error.into(),
            RequestError::Chain(error) => error.into(),
            RequestError::Role(problem) => problem.into(),
            _ => Self::argument(error.to_string()),
        }
    }
}

impl From<ApproveError> for Fault {
    fn from(error: ApproveError) -> Self {
        match error {
            ApproveError::Grant(error) => error.into(),
            ApproveError::Chain(error) => error.into(),
            ApproveError::NoRequest(account) | ApproveError::Expired { requester: account, .. } => {
                Self::new("not-open", &error).with(json!({ "requester": account }))
            }
            ApproveError::NotDeposited { id, .. } => Self::new("not-deposited", &error).with(json!({ "grant": id })),
            _ => Self::argument(error.to_string()),
        }
    }
}

impl From<DelegationError> for Fault {
    fn from(error: DelegationError) -> Self {
        match error {
            DelegationError::Contract(error) => error.into(),
            DelegationError::Chain(error) => error.into(),
            DelegationError::Role(problem) => problem.into(),
            DelegationError::NoGrant { grant, .. } | DelegationError::NotDelegable(grant) => {
                Self::new("denied", &error).with(json!({ "grant": grant }))
            }
            _ => Self::new("denied", &error),
        }
    }
}

impl From<GlassError> for Fault {
    fn from(error: GlassError) -> Self {
        match error {
            GlassError::Contract(error) => error.into(),
            GlassError::Chain(error) => error.into(),
            GlassError::Role(problem) => problem.into(),
            _ => Self::new("not-open", &error),
        }
    }
}

impl From<GuardianError> for Fault {
    fn from(error: GuardianError) -> Self {
        match error {
            GuardianError::Contract(error) => error.into(),
            GuardianError::Chain(error) => error.into(),
            GuardianError::NotGuardian { guardian, .. } => {
                Self::new("no-role", &error).with(json!({ "account": guardian }))
            }
            _ => Self::argument(error.to_string()),
        }
    }
}

impl From<CommitteeError> for Fault {
    fn from(error: CommitteeError) -> Self {
        match error {
            CommitteeError::Contract(error) => error.into(),
            CommitteeError::Chain(error) => error.into(),
            CommitteeError::NotCarriedOut {
                proposal,
                ref voted,
                ref source,
            } => {
                let mut details = json!({ "proposal": proposal, "receipts": [Paid::from(&**voted)] });
                if let CommitteeError::Contract(CallError::Refused(reason)) = &**source {
                    details["reason"] = json!(format!("{reason:?}"));
                }
                Self::new("not-carried-out", &error).with(details)
            }
            CommitteeError::NotMember(account) => Self::new("no-role", &error).with(json!({ "account": account })),
            CommitteeError::NotOpen(id) | CommitteeError::OtherAction(id) => {
                Self::new("not-open", &error).with(json!({ "proposal": id }))
            }
            _ => Self::new("not-open", &error),
        }
    }
}

impl From<InviteError> for Fault {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Chain(error) => error.into(),
            InviteError::NotAdmin => Self::new("no-role", &error),
            _ => Self::argument(error.to_string()),
        }
    }
}

impl From<InvitationError> for Fault {
    fn from(error: InvitationError) -> Self {
        let reason = match error {
            InvitationError::Consortium => "other-consortium",
            InvitationError::Server => "other-server",
            InvitationError::Patient => "other-patient",
            InvitationError::Expired => "expired",
            InvitationError::TooFarAhead => "too-far-ahead",
            InvitationError::Signature => "signature",
            _ => "unreadable",
        };
        Self::argument(error.to_string()).with(json!({ "reason": reason }))
    }
}

impl From<RecoveryError> for Fault {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::Contract(error) => error.into(),
            RecoveryError::Chain(error) => error.into(),
            RecoveryError::OtherKey { patient, recovery } => {
                Self::new("phrase", &error).with(json!({ "patient": patient, "recovery": recovery }))
            }
            _ => Self::argument(error.to_string()),
        }
    }
}

impl From<ErasureError> for Fault {
    fn from(error: ErasureError) -> Self {
        match error {
            ErasureError::Ledger(error) => error.into(),
            ErasureError::Chain(error) => error.into(),
            _ => Self::argument(error.to_string()),
        }
    }
}

impl From<StaffError> for Fault {
    fn from(error: StaffError) -> Self {
        match error {
            // What was done before stands, so that a program must know how far it came.
            StaffError::Contract { done, all, source } => {
                let mut fault = Self::from(source);
                fault.details["done"] = json!(done);
                fault.details["all"] = json!(all);
                fault
            }
            _ => Self::argument(error.to_string()),
        }
    }
}
