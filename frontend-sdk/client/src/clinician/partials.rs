//! The proxies' parts of opening a record: as many are asked as are needed, another one for each that fails or is slow.

use crate::{
    account::AccountKey,
    chain::Chain,
    deployment::Aegle,
    indexer::Indexer,
    proxies::{ProxyFailure, ProxyFault},
    remote::{RemoteError, Transport},
};
use aegle_protocol::{
    delegation::{VerifiedCapsule, VerifiedPartial, VerifiedSlot},
    wire::{OpenAnswer, PresentedTransform, SignedTransform, TransformAnswer, TransformRequest},
};
use aegle_rules::{AccountId, Hash};
use futures_util::{
    future::{Either, select},
    stream::{FuturesUnordered, StreamExt},
};
use std::pin::pin;

/// How long a proxy may take before another one is asked besides, in milliseconds (Dean and Barroso, "The Tail at Scale",
/// 2013).
const HEDGE_MS: u32 = 400;
/// How long is waited for an answer once every proxy is asked, in seconds.
const ANSWER_LIMIT_S: u32 = 20;
/// The most looks at whether the block that a proxy names is finalized in the client's own view.
const MAX_FINALITY_LOOKS: u32 = 50;
/// The pause between two looks, in milliseconds.
const FINALITY_PAUSE_MS: u32 = 200;

/// What the proxies of a split are asked for.
pub struct Asked<'a> {
    /// Who asks.
    pub account: &'a AccountKey,
    /// What is asked.
    pub request: TransformRequest,
    /// The record's row with its proof, for proxies that keep no records.
    pub shown: &'a OpenAnswer,
    /// The record's capsule.
    pub capsule: &'a VerifiedCapsule,
    /// The split of the key that the capsule is sealed to.
    pub slot: &'a VerifiedSlot,
}

/// The parts that came, verified, as many as are needed if there are; and whose did not.
pub struct Parts {
    /// The parts, of different proxies.
    pub partials: Vec<VerifiedPartial>,
    /// The proxies whose parts did not come, or are false.
    pub faults: Vec<ProxyFault>,
}

/// Gathers the parts of the `proxies` of a split, in their order. No more proxies are asked than must be: each that is asked
/// writes a disclosure down. A part counts once its proof is verified.
pub async fn gather<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    asked: &Asked<'_>,
    proxies: &[AccountId],
) -> Parts {
    let threshold = asked.slot.threshold();
    let (mut partials, mut faults) = (Vec::new(), Vec::new());
    let mut waiting = (1..).zip(proxies.iter().copied());
    let mut answers = FuturesUnordered::new();
    let one = |(index, proxy)| ask(aegle, asked, index, proxy);
    answers.extend(waiting.by_ref().take(threshold).map(one));
    let mut patience = ANSWER_LIMIT_S * 1_000 / HEDGE_MS;
    while partials.len() < threshold {
        let slow = pin!(aegle.indexer.transport().pause(HEDGE_MS));
        let answer = match select(answers.next(), slow).await {
            Either::Left((Some(answer), _)) => Some(answer),
            // All that could be asked have answered.
            Either::Left((None, _)) => break,
            Either::Right(_) => None,
        };
        let next = match answer {
            Some(Ok(partial)) => {
                partials.push(partial);
                continue;
            }
            Some(Err(fault)) => {
                faults.push(fault);
                waiting.next()
            }
            None => {
                let next = waiting.next();
                if next.is_none() && patience == 0 {
                    faults.extend(silent(proxies, &partials, &faults));
                    break;
                }
                patience = patience.saturating_sub(u32::from(next.is_none()));
                next
            }
        };
        answers.extend(next.map(one));
    }
    Parts { partials, faults }
}

/// Names the proxies that have not answered.
fn silent(proxies: &[AccountId], partials: &[VerifiedPartial], faults: &[ProxyFault]) -> Vec<ProxyFault> {
    let has_answered = |index: u8, proxy: AccountId| {
        partials.iter().any(|partial| partial.index() == index) || faults.iter().any(|fault| fault.proxy == proxy)
    };
    let numbered = (1..).zip(proxies.iter().copied());
    let silent = numbered.filter(|(index, proxy)| !has_answered(*index, *proxy));
    let silent = silent.map(|(_, proxy)| ProxyFault {
        proxy,
        failure: ProxyFailure::Silent(ANSWER_LIMIT_S),
    });
    silent.collect()
}

/// Asks one proxy, and verifies its part.
async fn ask<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    asked: &Asked<'_>,
    index: u8,
    proxy: AccountId,
) -> Result<VerifiedPartial, ProxyFault> {
    let answered = answered(aegle, asked, index, proxy).await;
    answered.map_err(|failure| ProxyFault { proxy, failure })
}

async fn answered<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    asked: &Asked<'_>,
    index: u8,
    proxy: AccountId,
) -> Result<VerifiedPartial, ProxyFailure> {
    let server = aegle.server_of(proxy).ok_or(ProxyFailure::Unknown)?;
    let keeps_record = std::ptr::eq(server, aegle.indexer);
    let (answer, hash) = transform(server, asked, keeps_record).await?;
    let signed = SignedTransform {
        request: &asked.request,
        requester: asked.account.account(),
        hash,
    };
    let partial = answer.verify(&signed, asked.slot, asked.capsule)?;
    // Nobody's part counts twice.
    if partial.index() != index {
        return Err(ProxyFailure::OtherProxy(partial.index()));
    }
    match is_finalized(aegle, answer.context.block).await? {
        true => Ok(partial),
        false => Err(ProxyFailure::NotFinalized(answer.context.block)),
    }
}

/// Has a proxy do its part. The indexer that sent the row has it; others are shown it.
async fn transform<T: Transport>(
    server: &Indexer<T>,
    asked: &Asked<'_>,
    keeps_record: bool,
) -> Result<(TransformAnswer, Hash), RemoteError> {
    if keeps_record {
        return server.transform(asked.account, &asked.request).await;
    }
    let presented = PresentedTransform {
        transform: asked.request,
        shown: asked.shown.clone(),
    };
    server.present(asked.account, &presented).await
}

/// Looks whether a block is finalized in the client's own view, which may be a little behind the proxy's.
async fn is_finalized<C: Chain, T: Transport>(aegle: &Aegle<'_, C, T>, block: Hash) -> Result<bool, ProxyFailure> {
    for _ in 0..MAX_FINALITY_LOOKS {
        if aegle.chain.is_finalized(block).await? {
            return Ok(true);
        }
        aegle.indexer.transport().pause(FINALITY_PAUSE_MS).await;
    }
    Ok(false)
}
