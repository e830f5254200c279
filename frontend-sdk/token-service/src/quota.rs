//! Who may ask how much: nonces that were used, and quotas.

use aegle_protocol::request::{Nonce, VerifiedRequest};
use aegle_rules::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};

/// Milliseconds of a minute and an hour.
pub(crate) const MINUTE_MS: u64 = 60_000;
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// Nonces that are remembered at most; beyond, every request is refused until some expire.
const MAX_NONCES: usize = 1 << 20;

/// How much one account may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests in a minute.
    pub requests_a_minute: u32,
    /// Blinded keywords in an hour, over all requests.
    pub elements_an_hour: u32,
}

/// A clinician's or a researcher's day: some thousand questions.
impl Default for Quota {
    fn default() -> Self {
        Self {
            requests_a_minute: 600,
            elements_an_hour: 100_000,
        }
    }
}

/// Why a request is turned away before anything is asked of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Turned {
    #[error("more than {0} requests in a minute")]
    Requests(u32),
    #[error("more than {0} keywords in an hour")]
    Elements(u32),
    #[error("too many requests of too many accounts")]
    Full,
}

/// What accounts have asked lately. All of it can be made again from the audit log.
pub(crate) struct Desk {
    quota: Quota,
    nonces: HashMap<(AccountId, Nonce), Timestamp>,
    asked: HashMap<AccountId, VecDeque<(Timestamp, u32)>>,
}

impl Desk {
    pub(crate) fn new(quota: Quota) -> Self {
        Self {
            quota,
            nonces: HashMap::new(),
            asked: HashMap::new(),
        }
    }

    /// Takes a request's nonce; `false` if it has been used before.
    pub(crate) fn take_nonce(&mut self, request: &VerifiedRequest, now: Timestamp) -> Result<bool, Turned> {
        if self.nonces.len() >= MAX_NONCES {
            self.forget(now);
            if self.nonces.len() >= MAX_NONCES {
                return Err(Turned::Full);
            }
        }
        let taken = (request.account(), request.nonce());
        Ok(self.nonces.insert(taken, request.expires()).is_none())
    }

    /// Counts a request of so many elements; what is turned away for its account's quota is not counted.
    pub(crate) fn count(&mut self, request: &VerifiedRequest, elements: u32, now: Timestamp) -> Result<(), Turned> {
        let asked = self.asked.entry(request.account()).or_default();
        while asked.front().is_some_and(|(at, _)| at.saturating_add(HOUR_MS) <= now) {
            asked.pop_front();
        }
        let recent = asked.iter().filter(|(at, _)| at.saturating_add(MINUTE_MS) > now);
        if recent.count() >= self.quota.requests_a_minute as usize {
            return Err(Turned::Requests(self.quota.requests_a_minute));
        }
        let taken: u64 = asked.iter().map(|(_, elements)| u64::from(*elements)).sum();
        if taken + u64::from(elements) > u64::from(self.quota.elements_an_hour) {
            return Err(Turned::Elements(self.quota.elements_an_hour));
        }
        asked.push_back((now, elements));
        Ok(())
    }

    /// Takes up what was asked before a restart.
    pub(crate) fn remember(
        &mut self,
        account: AccountId,
        nonce: Nonce,
        expires: Timestamp,
        at: Timestamp,
        elements: u32,
        now: Timestamp,
    ) {
        if expires > now {
            self.nonces.insert((account, nonce), expires);
        }
        if at.saturating_add(HOUR_MS) > now && elements > 0 {
            self.asked.entry(account).or_default().push_back((at, elements));
        }
    }

    /// Forgets what no longer counts.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.nonces.retain(|_, expires| *expires > now);
        self.asked.retain(|_, asked| {
            asked.retain(|(at, _)| at.saturating_add(HOUR_MS) > now);
            !asked.is_empty()
        });
    }
}
