//! What becomes of a resource, or of a deletion, beside what is sealed and what is collected.

use super::{
    Fault, Intake, IntakeError, Source,
    open::{Collected, Of},
    refile::Refile,
};
use crate::{
    fhir::{Deletion, Finding, Resource},
    native::journal::{History, Identity, JournalError, Judgement},
};
use aegle_rules::{AccountId, ledger::RecordPosition};

/// What a resource takes the place of, and whether nothing tells which of it and another version is newer.
type Beside = (Vec<RecordPosition>, bool);

impl Intake<'_> {
    /// Collects a resource, unless it is known.
    pub(super) fn collect(
        &mut self,
        mut resource: Resource,
        source: &Source,
        in_error: bool,
    ) -> Result<Result<(), Fault>, IntakeError> {
        let place = |resource: &Resource| format!("{source}, line {}: {}", resource.line(), resource.name());
        let patient = match self.patient(&resource, &place)? {
            Ok(Some(patient)) => patient,
            Ok(None) => return Ok(Ok(())),
            Err(fault) => return Ok(Err(fault)),
        };
        let account = match self.cards.account(&patient) {
            Ok(account) => account,
            Err(source) => return Ok(Err(Fault::Card { records: 1, source })),
        };
        self.drugs.add(&resource);
        self.drugs.link(&mut resource);
        let identity = Identity::of(&self.options.source, &resource);
        let (content, version) = (resource.content_hash(), resource.version());
        let history = self.journal.history(&identity)?;
        let new = match self.refiling.is_some() {
            true => self.move_beside(&identity, &history, &patient, account, &mut resource, &place)?,
            false => self.judge_beside(&identity, &history, account, &mut resource, &place, in_error)?,
        };
        let (replaces, mut unordered) = match new {
            Ok(Some(new)) => new,
            Ok(None) => return Ok(Ok(())),
            Err(fault) => return Ok(Err(fault)),
        };
        let restriction = resource.restriction();
        if self.options.dry_run && !self.counted.insert((identity.clone(), content, restriction)) {
            self.outcome.known += 1;
            return Ok(Ok(()));
        }
        let name = resource.name();
        let replaced = replaces.len() as u64;
        let placed = self.open.place(
            Collected {
                resource,
                patient,
                account,
                identity,
                content,
                version,
                replaces,
            },
            in_error,
        );
        if placed.repeated || placed.old {
            let finding = if placed.repeated {
                Finding::Repeated
            } else {
                Finding::Superseded
            };
            self.outcome.report.add(finding, || name);
            return Ok(Ok(()));
        }
        self.outcome.superseded += replaced;
        for _ in 0..placed.replaced {
            self.outcome.report.add(Finding::Superseded, || name.clone());
        }
        unordered |= placed.unordered;
        if unordered {
            self.outcome.report.add(Finding::UnorderedVersions, || name);
        }
        Ok(Ok(()))
    }

    /// What a resource takes the place of, beside what is sealed and collected, and whether nothing tells which is newer;
    /// `None` when it is not to be sealed.
    fn judge_beside(
        &mut self,
        identity: &Identity,
        history: &History,
        account: AccountId,
        resource: &mut Resource,
        place: &dyn Fn(&Resource) -> String,
        in_error: bool,
    ) -> Result<Result<Option<Beside>, Fault>, IntakeError> {
        let (content, version) = (resource.content_hash(), resource.version());
        if history.was_refiled(content, account) {
            // It is known by now whose it is.
            self.outcome.old += 1;
            return Ok(Ok(None));
        }
        let of = Of {
            patient: Some(account),
            server: resource.server(),
        };
        if let Some(other) = of.other(history).or_else(|| self.open.other(identity, &of)) {
            let place = place(resource);
            return Ok(Err(Fault::OtherSystem { place, other }));
        }
        let restriction = history.restriction(content, &version, resource.restriction());
        resource.restrict(&restriction);
        let is_known = history.current().next().is_some() || self.open.has(identity);
        if in_error && !is_known && history.find(content).next().is_none() {
            self.outcome.report.add(Finding::EnteredInError, || resource.name());
            return Ok(Ok(None));
        }
        Ok(Ok(match history.judge(content, &version, &restriction, in_error) {
            Judgement::Known => {
                self.outcome.known += 1;
                None
            }
            Judgement::Old => {
                self.outcome.old += 1;
                None
            }
            Judgement::Withdrawn(places) => {
                self.outcome.known += 1;
                self.outcome.withdrawn += places.len() as u64;
                if !self.options.dry_run {
                    self.journal.withdraw(identity, &places)?;
                }
                None
            }
            Judgement::New { replaces, unordered } => Some((replaces, unordered)),
        }))
    }

    /// What a resource takes the place of in a run that refiles; `None` when it is not to be sealed.
    fn move_beside(
        &mut self,
        identity: &Identity,
        history: &History,
        patient: &str,
        account: AccountId,
        resource: &mut Resource,
        place: &dyn Fn(&Resource) -> String,
    ) -> Result<Result<Option<Beside>, Fault>, IntakeError> {
        let refiled = self.refiled(identity, history, patient, account, resource, place);
        Ok(match refiled {
            Err(fault) => Err(fault),
            Ok(Refile::PassOver) => {
                self.outcome.passed_over += 1;
                Ok(None)
            }
            Ok(Refile::Known) => {
                self.outcome.known += 1;
                Ok(None)
            }
            Ok(Refile::Move(replaces)) => {
                let own = resource.restriction();
                resource.restrict(&history.restriction(resource.content_hash(), &resource.version(), own));
                Ok(Some((replaces, false)))
            }
        })
    }

    /// Ends what a deletion is of.
    pub(super) fn end(&mut self, deletion: &Deletion, source: &Source) -> Result<Result<(), Fault>, JournalError> {
        let identity = Identity {
            source: self.options.source.clone(),
            resource_type: deletion.resource_type.clone(),
            id: deletion.id.clone(),
        };
        let history = self.journal.history(&identity)?;
        let of = Of {
            patient: None,
            server: deletion.server.as_deref(),
        };
        if let Some(other) = of.other(&history).or_else(|| self.open.other(&identity, &of)) {
            let place = format!("{source}: the deletion of {}/{}", deletion.resource_type, deletion.id);
            return Ok(Err(Fault::OtherSystem { place, other }));
        }
        let taken_out = self.open.end(&identity, &deletion.version);
        for _ in 0..taken_out {
            let name = || format!("{}/{}", deletion.resource_type, deletion.id);
            self.outcome.report.add(Finding::Deleted, name);
        }
        let ended = match self.options.dry_run {
            true => history.current().count(),
            false => self.journal.end(&identity, &deletion.version, self.options.deletion)?,
        };
        self.outcome.erased += ended as u64;
        Ok(Ok(()))
    }
}
