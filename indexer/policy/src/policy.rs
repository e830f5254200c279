//! Verdicts: the questions that one is made of, and what is asked again.

use crate::{
    PolicyError,
    cache::Cache,
    mirror::Mirror,
    question::{RecordQuestion, Ruling},
    view::{MAX_BLOCK_AGE, Seen, View},
};
use aegle_chain::node::{ChainLink, Node};
use aegle_protocol::{Contracts, Head};
use aegle_rules::{
    AccountId, GrantId, Timestamp,
    consent::{
        Control, Decision, Grantee, Guardians, Terms,
        messages::{ControlOf, Grants, GuardiansOf, Residence},
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Asks the deployed consent contract.
pub struct Policy {
    link: Arc<ChainLink>,
    mirror: Mirror,
    max_block_age: Duration,
    seen: Mutex<[Option<Seen>; 2]>,
    cache: Mutex<Cache>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Policy {
    /// Builds a policy over the consent contract of a deployment, which decides on no block older than `max_block_age`,
    /// nor than [`MAX_BLOCK_AGE`].
    ///
    /// # Errors
    /// [`PolicyError::Engine`] if the runtime cannot be set up.
    pub fn new(link: Arc<ChainLink>, contracts: Contracts, max_block_age: Duration) -> Result<Self, PolicyError> {
        Ok(Self {
            link,
            mirror: Mirror::new(contracts)?,
            max_block_age: max_block_age.min(MAX_BLOCK_AGE),
            seen: Mutex::default(),
            cache: Mutex::default(),
        })
    }

    /// Asks the node for its newest blocks. `wall` is the wall clock's time, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`PolicyError::Stale`] if one of them is too old; [`PolicyError::Chain`].
    pub async fn view(&self, wall: Timestamp) -> Result<View, PolicyError> {
        let node = self.link.node().await?;
        let (finalized, best) = tokio::try_join!(node.finalized(), node.best())?;
        let now = Instant::now();
        let view = {
            let mut seen = locked(&self.seen);
            let [last_finalized, last_best] = &mut *seen;
            View {
                finalized: Seen::note(last_finalized, finalized, now),
                best: Seen::note(last_best, best, now),
            }
        };
        view.check_fresh(wall, now, self.max_block_age)?;
        Ok(view)
    }

    /// Asks for the ruling about one record.
    ///
    /// # Errors
    /// [`PolicyError`]: then nothing may be shown.
    pub async fn ruling(&self, view: &View, wall: Timestamp, asked: RecordQuestion) -> Result<Ruling, PolicyError> {
        let rulings = self.rulings(view, wall, &[asked]).await?;
        rulings.first().copied().ok_or(PolicyError::Closed)
    }

    /// Asks for the rulings about several records, in their order. What is asked twice is asked once.
    ///
    /// # Errors
    /// [`PolicyError`] if one of them cannot be had.
    pub async fn rulings(
        &self,
        view: &View,
        wall: Timestamp,
        asked: &[RecordQuestion],
    ) -> Result<Vec<Ruling>, PolicyError> {
        view.check_fresh(wall, Instant::now(), self.max_block_age)?;
        let blocks = view.blocks();
        let keys: Vec<Vec<u8>> = asked.iter().map(RecordQuestion::key).collect();
        let mut rulings: HashMap<&[u8], Ruling> = HashMap::new();
        let mut open = Vec::new();
        {
            let cache = locked(&self.cache);
            for (key, question) in keys.iter().zip(asked) {
                if rulings.contains_key(key.as_slice()) {
                    continue;
                }
                let known = cache.get(blocks, key);
                if known.is_none() {
                    open.push((key, *question));
                }
                // What is asked is not permitted until it is answered.
                rulings.insert(key, known.unwrap_or(Ruling::NONE));
            }
        }
        if !open.is_empty() {
            let questions: Vec<RecordQuestion> = open.iter().map(|(_, question)| *question).collect();
            let found = self.ask(view, wall, &questions).await?;
            let mut cache = locked(&self.cache);
            for ((key, _), ruling) in open.iter().zip(&found) {
                cache.put(blocks, (*key).clone(), *ruling);
                rulings.insert(key, *ruling);
            }
        }
        let ruling = |key: &Vec<u8>| rulings.get(key.as_slice()).copied().unwrap_or(Ruling::NONE);
        Ok(keys.iter().map(ruling).collect())
    }

    async fn ask(&self, view: &View, wall: Timestamp, asked: &[RecordQuestion]) -> Result<Vec<Ruling>, PolicyError> {
        let node = self.link.node().await?;
        let finalized = self.decide(&node, view.finalized(), wall, asked).await?;
        let best = if view.best().hash == view.finalized().hash {
            finalized.clone()
        } else {
            self.decide(&node, view.best(), wall, asked).await?
        };
        let both = finalized.into_iter().zip(best);
        Ok(both.map(|(finalized, best)| Ruling { finalized, best }).collect())
    }

    /// Asks in the state after a block, at its own time and at the later one of that and the wall clock's.
    async fn decide(
        &self,
        node: &Node,
        head: &Head,
        wall: Timestamp,
        asked: &[RecordQuestion],
    ) -> Result<Vec<[Decision; 2]>, PolicyError> {
        let state = self.mirror.state(node, head).await?;
        let at = |time: Timestamp| asked.iter().map(move |asked| asked.check(time)).collect::<Vec<_>>();
        let mut questions = at(head.timestamp);
        // A chain ahead of our clock counts for both: the later time ends grants, and is the safer one.
        if wall > head.timestamp {
            questions.extend(at(wall));
        }
        let answers = self.mirror.ask(node, &state, questions).await?;
        let (own, later) = answers.split_at(asked.len());
        let later = if later.is_empty() { own } else { later };
        Ok(own.iter().zip(later).map(|(own, later)| [*own, *later]).collect())
    }

    /// Returns whether a key acts and reads as a patient: in the finalized and in the best state, at its own time and at the
    /// later one of that and the wall clock's.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub async fn controls(
        &self,
        view: &View,
        wall: Timestamp,
        patient: AccountId,
        key: AccountId,
    ) -> Result<bool, PolicyError> {
        let controls = |control: &Control, at| control.controls(patient, key, at);
        Ok(self.control(view, wall, patient, controls).await?.is_some())
    }

    /// Returns who acts for a patient in the finalized state, where a key gives for them (grants, splits keys, publishes
    /// them): in the states and at the times of [`Self::controls`]. `None` where it does not.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub async fn gives(
        &self,
        view: &View,
        wall: Timestamp,
        patient: AccountId,
        key: AccountId,
    ) -> Result<Option<Control>, PolicyError> {
        let gives = |control: &Control, at| control.gives(patient, key, at);
        self.control(view, wall, patient, gives).await
    }

    /// Returns whether a key controls the account of one of some patients, or is a guardian of one, in the finalized state and
    /// at the later one of its time and the wall clock's.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub async fn acts_for_any(
        &self,
        view: &View,
        wall: Timestamp,
        key: AccountId,
        patients: &[AccountId],
    ) -> Result<bool, PolicyError> {
        let (node, head) = (self.link.node().await?, view.finalized());
        let state = self.mirror.state(&node, head).await?;
        let now = head.timestamp.max(wall);
        let asked = patients.iter().map(|patient| ControlOf { patient: *patient });
        let controls = self.mirror.ask(&node, &state, asked.collect()).await?;
        let controlled = patients.iter().zip(&controls);
        if controlled
            .into_iter()
            .any(|(patient, control)| control.controller(*patient, now) == key)
        {
            return Ok(true);
        }
        let asked = patients.iter().map(|patient| GuardiansOf { patient: *patient });
        let guardians = self.mirror.ask(&node, &state, asked.collect()).await?;
        let is_guardian = |guardians: &Guardians| now < guardians.until && guardians.accounts.contains(&key);
        Ok(guardians.iter().any(is_guardian))
    }

    /// Returns who acts for a patient in the finalized state, where something holds of it in both states.
    async fn control(
        &self,
        view: &View,
        wall: Timestamp,
        patient: AccountId,
        holds: impl Fn(&Control, Timestamp) -> bool,
    ) -> Result<Option<Control>, PolicyError> {
        let node = self.link.node().await?;
        let mut finalized = None;
        for head in [view.finalized(), view.best()] {
            let state = self.mirror.state(&node, head).await?;
            let found = self.mirror.ask(&node, &state, vec![ControlOf { patient }]).await?;
            let control = found.first().copied().ok_or(PolicyError::Closed)?;
            let at = [head.timestamp, head.timestamp.max(wall)];
            if !at.iter().all(|at| holds(&control, *at)) {
                return Ok(None);
            }
            finalized = finalized.or(Some(control));
        }
        Ok(finalized)
    }

    /// Returns whether the jurisdiction of a patient is known in the finalized or in the best state: then its law may permit what
    /// the patient has said nothing about.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub async fn is_resident(&self, view: &View, patient: AccountId) -> Result<bool, PolicyError> {
        let node = self.link.node().await?;
        for head in [view.finalized(), view.best()] {
            let state = self.mirror.state(&node, head).await?;
            let residences = self.mirror.ask(&node, &state, vec![Residence { patient }]).await?;
            if residences.iter().any(Option::is_some) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns, for each patient, the terms that stand for or against an account in the finalized and in the best state, as
    /// the contract tells them: those that name it, those that name the organisation that it acts for in that state, and
    /// those for anyone. Their numbers say which of them were [passed on](GrantId::is_delegated).
    ///
    /// # Errors
    /// [`PolicyError`].
    pub async fn terms(
        &self,
        view: &View,
        account: AccountId,
        patients: &[AccountId],
    ) -> Result<Vec<Vec<(GrantId, Terms)>>, PolicyError> {
        let mut terms = vec![Vec::new(); patients.len()];
        if patients.is_empty() {
            return Ok(terms);
        }
        let node = self.link.node().await?;
        let mut heads = vec![view.finalized()];
        heads.extend((view.best().hash != view.finalized().hash).then_some(view.best()));
        for head in heads {
            let state = self.mirror.state(&node, head).await?;
            let organisations = self.mirror.organisations(&node, &state, account).await?;
            let mut grantees = vec![Grantee::Account(account)];
            grantees.extend(organisations.into_iter().map(Grantee::Organisation));
            grantees.push(Grantee::Anyone);
            let of_patient = |patient: &AccountId| {
                let patient = *patient;
                grantees.iter().map(move |grantee| Grants {
                    patient,
                    grantee: *grantee,
                })
            };
            let questions = patients.iter().flat_map(of_patient).collect();
            let answers = self.mirror.ask(&node, &state, questions).await?;
            for (terms, answers) in terms.iter_mut().zip(answers.chunks(grantees.len())) {
                terms.extend(answers.iter().flatten().copied());
            }
        }
        Ok(terms)
    }
}
