//! Search tokens for many patients, asked for at once, and keys that are kept at hand for a session.
//!
//! The keywords are blinded once and evaluated for each patient: one question instead of hundreds. The custodian sees that all of
//! them are asked about with the same keywords, at the same time; asked one by one, the times alone would say as much.
//!
//! Keys that were obtained once open their segment, batches to come included, so they need not be asked for again: whoever
//! has them at hand tells the custodian nothing more. Which records are shown is decided at each search.

use super::{EpochKey, SearchedDomain, TokenService, TokensError};
use crate::{
    account::AccountKey,
    remote::{Call, RemoteError, Transport},
};
use aegle_keys::{BlindError, BlindQuery, KeyCache, KeywordKey, MAX_CACHED_KEYS, ScopeKeys};
use aegle_protocol::wire::{
    MAX_EVALUATED_ELEMENTS, MAX_EVALUATED_PATIENTS, PATIENTS_EVALUATIONS_PATH, PatientEvaluation,
    PatientsEvaluationAnswer, PatientsEvaluationRequest,
};
use aegle_rules::{AccountId, Purposes};
use aegle_sealed::{Keyword, Scope, ScopeContext, SearchToken, Window};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Keyword keys that were obtained in a session: at most [`aegle_keys::MAX_CACHED_KEYS`], in memory alone, gone with it.
#[derive(Default)]
pub struct KeysAtHand(Mutex<KeyCache>);

/// The tokens for one of many patients, for every keyword, or why there are none.
pub type PatientTokens = Result<Vec<Vec<SearchToken>>, TokensError>;

/// What is asked about many patients.
struct Question<'a> {
    domain: &'a SearchedDomain,
    key: &'a AccountKey,
    purpose: Purposes,
    keywords: &'a [Keyword],
}

impl KeysAtHand {
    fn cache(&self) -> MutexGuard<'_, KeyCache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the keywords of which a patient's keys are missing, in one epoch.
    fn missing(
        &self,
        question: &Question<'_>,
        epoch: &EpochKey,
        patient: AccountId,
    ) -> Result<Vec<usize>, TokensError> {
        let parts = question.domain.window.by_segment()?;
        let context = question.context(epoch, patient);
        let cache = self.cache();
        let lacks = |keyword: &Keyword| {
            let key = |segment| cache.get(&epoch.key, &context.in_segment(segment), keyword);
            parts.iter().any(|(segment, _)| key(*segment).is_none())
        };
        let keywords = question.keywords.iter().enumerate();
        Ok(keywords
            .filter(|(_, keyword)| lacks(keyword))
            .map(|(place, _)| place)
            .collect())
    }

    /// Derives a patient's tokens in one epoch, one a segment for each keyword. Returns `None` if a key is missing.
    fn tokens(
        &self,
        question: &Question<'_>,
        epoch: &EpochKey,
        patient: AccountId,
    ) -> Result<Option<Vec<Vec<SearchToken>>>, TokensError> {
        let parts = question.domain.window.by_segment()?;
        let context = question.context(epoch, patient);
        let cache = self.cache();
        let token = |keyword: &Keyword, (segment, part): &(u32, Window)| -> Result<Option<SearchToken>, TokensError> {
            let key = cache.get(&epoch.key, &context.in_segment(*segment), keyword);
            Ok(key.map(|key: &KeywordKey| key.token(*part)).transpose()?)
        };
        let of_keyword = |keyword: &Keyword| -> Result<Option<Vec<SearchToken>>, TokensError> {
            parts.iter().map(|part| token(keyword, part)).collect()
        };
        question.keywords.iter().map(of_keyword).collect()
    }

    fn keep(&self, epoch: &EpochKey, keywords: &[Keyword], keys: ScopeKeys) {
        let mut cache = self.cache();
        for (keyword, keys) in keywords.iter().zip(keys) {
            for key in keys {
                cache.insert(epoch.key, keyword, key);
            }
        }
    }
}

impl Question<'_> {
    fn context(&self, epoch: &EpochKey, patient: AccountId) -> ScopeContext {
        ScopeContext {
            domain: self.domain.id,
            epoch: epoch.number,
            scope: Scope::Patient(patient),
        }
    }
}

impl<T: Transport> TokenService<T> {
    /// Obtains tokens for every keyword in the records of many patients: those whose keys are not at hand are asked about
    /// together, in as few requests as their limits permit. A patient of whom the service refuses keeps nobody else from
    /// being searched.
    ///
    /// # Errors
    /// See [`TokensError`]: nothing is known of any of them.
    pub async fn tokens_of(
        &self,
        domain: &SearchedDomain,
        key: &AccountKey,
        purpose: Purposes,
        patients: &BTreeSet<AccountId>,
        keywords: &[Keyword],
        at_hand: &KeysAtHand,
    ) -> Result<BTreeMap<AccountId, PatientTokens>, TokensError> {
        let question = Question {
            domain,
            key,
            purpose,
            keywords,
        };
        let patients: Vec<AccountId> = patients.iter().copied().collect();
        let keys = domain.window.by_segment()?.len() * keywords.len() * domain.epochs.len();
        let mut all = BTreeMap::new();
        for patients in patients.chunks((MAX_CACHED_KEYS / keys.max(1)).max(1)) {
            at_hand.cache().reserve(keys * patients.len());
            all.extend(self.tokens_of_some(&question, patients, at_hand).await?);
        }
        Ok(all)
    }

    /// Obtains the tokens of as many patients as all of their keys can be at hand at once.
    async fn tokens_of_some(
        &self,
        question: &Question<'_>,
        patients: &[AccountId],
        at_hand: &KeysAtHand,
    ) -> Result<Vec<(AccountId, PatientTokens)>, TokensError> {
        let empty = || Ok(vec![Vec::new(); question.keywords.len()]);
        let mut all: Vec<(AccountId, PatientTokens)> = patients.iter().map(|patient| (*patient, empty())).collect();
        for epoch in &question.domain.epochs {
            // Those who lack the same keywords are asked about together.
            let mut lacking: BTreeMap<Vec<usize>, Vec<AccountId>> = BTreeMap::new();
            for (patient, _) in all.iter().filter(|(_, tokens)| tokens.is_ok()) {
                let missing = at_hand.missing(question, epoch, *patient)?;
                lacking.entry(missing).or_default().push(*patient);
            }
            let mut refused = BTreeMap::new();
            for (missing, patients) in lacking.iter().filter(|(missing, _)| !missing.is_empty()) {
                let keywords = missing.iter().map(|place| question.keywords[*place].clone());
                let keywords: Vec<Keyword> = keywords.collect();
                refused.extend(self.obtain(question, epoch, &keywords, patients, at_hand).await?);
            }
            for (patient, tokens) in &mut all {
                let Ok(known) = tokens else { continue };
                match at_hand.tokens(question, epoch, *patient)? {
                    Some(more) => known.iter_mut().zip(more).for_each(|(known, more)| known.extend(more)),
                    None => {
                        let reason = refused.remove(&*patient).map(TokensError::Refused);
                        *tokens = Err(reason.unwrap_or(TokensError::KeysDropped));
                    }
                }
            }
        }
        Ok(all)
    }

    /// Obtains keys that are not at hand, and keeps them; returns those whom the service refuses, each with its reason.
    async fn obtain(
        &self,
        question: &Question<'_>,
        epoch: &EpochKey,
        keywords: &[Keyword],
        patients: &[AccountId],
        at_hand: &KeysAtHand,
    ) -> Result<Vec<(AccountId, String)>, TokensError> {
        let mut refused = Vec::new();
        let segments = question.domain.window.by_segment()?.len();
        let at_once = (MAX_EVALUATED_ELEMENTS / (segments * keywords.len()).max(1)).clamp(1, MAX_EVALUATED_PATIENTS);
        for patients in patients.chunks(at_once) {
            let contexts = patients.iter().map(|patient| question.context(epoch, *patient));
            let query = BlindQuery::over(contexts.collect(), keywords, question.domain.window)?;
            let mut answers = vec![Ok(Vec::new()); patients.len()];
            for groups in super::portions(query.groups()) {
                let request = PatientsEvaluationRequest {
                    domain: question.domain.id,
                    epoch: epoch.number,
                    patients: patients.to_vec(),
                    purpose: question.purpose,
                    groups,
                };
                let answer = self.evaluate_patients(question.key, &request).await?;
                if answer.patients.len() != patients.len() {
                    return Err(BlindError::Size(answer.patients.len()).into());
                }
                for (known, answer) in answers.iter_mut().zip(answer.patients) {
                    match answer {
                        PatientEvaluation::Evaluated(groups) => {
                            if let Ok(known) = known {
                                known.extend(groups);
                            }
                        }
                        PatientEvaluation::Refused(reason) => *known = Err(reason),
                    }
                }
            }
            let given: Vec<_> = answers.iter().map(|answer| answer.as_deref().ok()).collect();
            let keys = query.keys(&epoch.key, &given)?;
            for keys in keys.into_iter().flatten() {
                at_hand.keep(epoch, keywords, keys);
            }
            let reasons = patients.iter().zip(answers);
            refused.extend(reasons.filter_map(|(patient, answer)| Some((*patient, answer.err()?))));
        }
        Ok(refused)
    }

    /// Sends blinded keywords to the token service for many patients and returns its answer, which is not yet verified.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn evaluate_patients(
        &self,
        key: &AccountKey,
        request: &PatientsEvaluationRequest,
    ) -> Result<PatientsEvaluationAnswer, RemoteError> {
        let call = Call::json("POST", PATIENTS_EVALUATIONS_PATH.into(), request);
        Ok(self.0.answer(key, call).await?.0)
    }
}
