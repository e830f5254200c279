//! Errors as a person reads them, and exit codes.

use crate::{commands::Paid, output::Output};
use aegle_client::{
    chain::CallError,
    clinician::{delegation::DelegationError, glass::GlassError, reader::OpeningError, requests::RequestError},
    committee::CommitteeError,
    custodian::{ErasureError, TokenRefusal},
    guardian::GuardianError,
    history::IncompleteError,
    native::WatchError,
    patient::{ApproveError, DisclosuresError, GrantError},
    recovery::RecoveryError,
    refusal,
    relayer::RelayerError,
    remote::RemoteError,
    rules::{consent::ConsentError, consortium::ConsortiumError, ledger::LedgerError},
    search::{private::PrivateSearchError, tokens::TokensError, verify::VerifiedSearchError},
};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Something failed.
const FAILED: u8 = 1;
/// Somebody refused, or there is nothing to show.
const REFUSED: u8 = 3;
/// Something is not what was anchored.
const TAMPERED: u8 = 4;

/// Done, but for what was left out.
const LEFT_OUT: u8 = 5;

/// What was asked for is done, but a part of the input was left out, because it could not be taken in.
#[derive(Debug, thiserror::Error)]
#[error("{0} of the input were not taken in; the rest is done")]
pub(crate) struct LeftOut(pub(crate) u64);

/// Writes the error with its causes to standard error, and says with which code to end.
pub(crate) fn report(error: &anyhow::Error, output: Output) -> ExitCode {
    let code = code(error);
    // Many errors name their cause themselves; said once is enough.
    let mut text = error.chain().next().map(sentence).unwrap_or_default();
    for cause in error.chain().skip(1).map(sentence) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    let line = match output.is_json() {
        true => {
            let mut told = serde_json::json!({ "error": text, "exit_code": code });
            if let Some(paid) = done_before(error) {
                told["transactions"] = serde_json::json!([paid]);
            }
            told.to_string()
        }
        false => format!("aegle: {text}"),
    };
    let _ = writeln!(io::stderr().lock(), "{line}");
    ExitCode::from(code)
}

/// Returns the exit code of an error.
pub(crate) fn code(error: &anyhow::Error) -> u8 {
    error.chain().map(code_of).max().unwrap_or(FAILED)
}

fn code_of(error: &(dyn std::error::Error + 'static)) -> u8 {
    if error.is::<LeftOut>() {
        return LEFT_OUT;
    }
    if let Some(opening) = error.downcast_ref::<OpeningError>() {
        return match opening {
            _ if opening.is_tampering() => TAMPERED,
            OpeningError::Denied(_) => REFUSED,
            OpeningError::Indexer(indexer) => of_service(indexer),
            _ => FAILED,
        };
    }
    if let Some(grant) = error.downcast_ref::<GrantError>() {
        return match grant {
            GrantError::Contract(CallError::Refused(_)) => REFUSED,
            GrantError::Indexer(source) | GrantError::NotDeposited { source, .. } => of_service(source),
            _ => FAILED,
        };
    }
    if let Some(approve) = error.downcast_ref::<ApproveError>() {
        return match approve {
            ApproveError::Grant(grant) => code_of(grant),
            ApproveError::Chain(_) => FAILED,
            _ => REFUSED,
        };
    }
    if let Some(refused) = of_act(error) {
        return if refused { REFUSED } else { FAILED };
    }
    if let Some(log) = error.downcast_ref::<DisclosuresError>() {
        return match log {
            DisclosuresError::Chain(_) | DisclosuresError::Foreign => TAMPERED,
            DisclosuresError::Indexer(indexer) => of_service(indexer),
            _ => FAILED,
        };
    }
    if let Some(history) = error.downcast_ref::<IncompleteError>() {
        return match history {
            IncompleteError::Chain(_) => FAILED,
            _ => TAMPERED,
        };
    }
    if let Some(watch) = error.downcast_ref::<WatchError>() {
        return match watch {
            _ if watch.is_tampering() => TAMPERED,
            WatchError::Indexer(indexer) => of_service(indexer),
            WatchError::Ended(_) => REFUSED,
            _ => FAILED,
        };
    }
    if let Some(indexer) = error.downcast_ref::<RemoteError>() {
        return of_service(indexer);
    }
    if let Some(search) = error.downcast_ref::<VerifiedSearchError>() {
        return match search {
            _ if search.is_tampering() => TAMPERED,
            VerifiedSearchError::Indexer(indexer) => of_service(indexer),
            _ => FAILED,
        };
    }
    if let Some(search) = error.downcast_ref::<PrivateSearchError>() {
        return match search {
            _ if search.is_tampering() => TAMPERED,
            PrivateSearchError::Indexer(indexer) => of_service(indexer),
            PrivateSearchError::Tokens(tokens) => code_of(tokens),
            _ => FAILED,
        };
    }
    if let Some(tokens) = error.downcast_ref::<TokensError>() {
        return match tokens {
            _ if tokens.is_tampering() => TAMPERED,
            TokensError::Service(service) => of_service(service),
            TokensError::Together(tokens) => code_of(&**tokens),
            TokensError::Refused(_) => REFUSED,
            _ => FAILED,
        };
    }
    let refused = matches!(
        error.downcast_ref(),
        Some(TokenRefusal::Denied(_) | TokenRefusal::TooNarrow)
    ) || matches!(error.downcast_ref(), Some(CallError::<ConsentError>::Refused(_)))
        || matches!(error.downcast_ref(), Some(CallError::<ConsortiumError>::Refused(_)))
        || matches!(error.downcast_ref(), Some(CallError::<LedgerError>::Refused(_)))
        || relayer(error).is_some_and(RelayerError::is_refusal);
    if relayer(error).is_some_and(RelayerError::is_tampering) {
        return TAMPERED;
    }
    if refused { REFUSED } else { FAILED }
}

/// What a relayer did wrong, if it is that.
fn relayer<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a RelayerError> {
    if let Some(CallError::<ConsentError>::Relayer(error)) = error.downcast_ref() {
        return Some(error);
    }
    match error.downcast_ref() {
        Some(CallError::<ConsortiumError>::Relayer(error)) => Some(error),
        _ => None,
    }
}

/// Whether an act was refused, if it is an error of one.
fn of_act(error: &(dyn std::error::Error + 'static)) -> Option<bool> {
    if let Some(error) = error.downcast_ref::<RequestError>() {
        return Some(!matches!(
            error,
            RequestError::Chain(_) | RequestError::Contract(CallError::Chain(_))
        ));
    }
    if let Some(error) = error.downcast_ref::<ErasureError>() {
        return Some(matches!(error, ErasureError::Ledger(CallError::Refused(_))));
    }
    if let Some(error) = error.downcast_ref::<DelegationError>() {
        return Some(!matches!(
            error,
            DelegationError::Chain(_) | DelegationError::Contract(CallError::Chain(_))
        ));
    }
    if let Some(error) = error.downcast_ref::<GlassError>() {
        return Some(!matches!(
            error,
            GlassError::Chain(_) | GlassError::Contract(CallError::Chain(_))
        ));
    }
    if let Some(error) = error.downcast_ref::<GuardianError>() {
        return Some(!matches!(
            error,
            GuardianError::Chain(_)
                | GuardianError::NoCall
                // Its own cause says whether it was refused.
                | GuardianError::Contract(CallError::Chain(_) | CallError::Relayer(_))
        ));
    }
    if let Some(error) = error.downcast_ref::<RecoveryError>() {
        return Some(!matches!(
            error,
            RecoveryError::Chain(_) | RecoveryError::Contract(CallError::Chain(_) | CallError::Relayer(_))
        ));
    }
    Some(is_refused(error.downcast_ref()?))
}

/// Returns whether a member of the committee was refused.
fn is_refused(error: &CommitteeError) -> bool {
    match error {
        // What the vote was to be enough for decides.
        CommitteeError::NotCarriedOut { source, .. } => is_refused(source),
        CommitteeError::Chain(_) | CommitteeError::Contract(CallError::Chain(_)) => false,
        _ => true,
    }
}

/// Returns what was done all the same before an error, as far as it is known.
fn done_before(error: &anyhow::Error) -> Option<Paid> {
    match error.chain().find_map(|cause| cause.downcast_ref::<CommitteeError>())? {
        CommitteeError::NotCarriedOut { voted, .. } => Some(Paid::from(&**voted)),
        _ => None,
    }
}

fn of_service(error: &RemoteError) -> u8 {
    match error {
        RemoteError::NotFound | RemoteError::Refused { .. } => REFUSED,
        _ => FAILED,
    }
}

/// Says an error; what a contract refused in words that say what to do.
fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(CallError::<ConsentError>::Refused(refusal)) = error.downcast_ref() {
        return refusal::consent(refusal);
    }
    if let Some(CallError::<ConsortiumError>::Refused(refusal)) = error.downcast_ref() {
        return refusal::consortium(refusal);
    }
    if let Some(CallError::<LedgerError>::Refused(refusal)) = error.downcast_ref() {
        return refusal::ledger(refusal);
    }
    if let Some(OpeningError::Denied(denial)) = error.downcast_ref() {
        return refusal::denial(denial);
    }
    if let Some(TokenRefusal::Denied(denial)) = error.downcast_ref() {
        return refusal::denial(denial);
    }
    error.to_string()
}
