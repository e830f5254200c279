//! Whose a resource is.

use super::{Fault, Intake};
use crate::{
    fhir::{Finding, Resource},
    native::journal::JournalError,
};

impl Intake<'_> {
    /// Whose a resource is: a patient with a card; `None` when it is left out.
    pub(super) fn patient(
        &mut self,
        resource: &Resource,
        place: &dyn Fn(&Resource) -> String,
    ) -> Result<Result<Option<String>, Fault>, JournalError> {
        // Whose a record is must be certain, whatever is left out.
        let owner = match resource.owner() {
            Ok(owner) => owner,
            Err(source) => {
                let place = place(resource);
                return Ok(Err(Fault::Owner { place, source }));
            }
        };
        let named = owner.map(|owner| owner.id().to_owned());
        let current = named
            .map(|named| self.current_patient(resource, &named, place))
            .transpose();
        let current = match current {
            Ok(current) => current,
            Err(fault) => return Ok(Err(fault)),
        };
        let finding = match &current {
            Some(current) if self.cards.has(current) => {
                return Ok(self.one_server(resource, place)?.map(|()| Some(current.clone())));
            }
            Some(_) => Finding::OtherPatient,
            None => Finding::NoPatient,
        };
        if self.options.skip_others {
            self.outcome.report.add(finding, || resource.name());
            return Ok(Ok(None));
        }
        let place = place(resource);
        Ok(Err(match (owner, current) {
            (Some(owner), Some(current)) if owner.id() != current => Fault::NoCard {
                place,
                patient: format!("{owner}, who was replaced by Patient/{current}"),
            },
            (Some(owner), _) => Fault::NoCard {
                place,
                patient: owner.to_string(),
            },
            (None, _) => Fault::NoPatient { place },
        }))
    }

    /// Refuses a patient's id of two servers: nothing tells whether it is one person.
    fn one_server(
        &mut self,
        resource: &Resource,
        place: &dyn Fn(&Resource) -> String,
    ) -> Result<Result<(), Fault>, JournalError> {
        for (patient, server) in resource.named_servers() {
            let key = format!("{}\n{patient}", self.options.source);
            let known = match self.servers.get(&key) {
                Some(known) => Some(known.clone()),
                None => self.journal.server_of(&key)?,
            };
            match known {
                Some(known) if known != server => {
                    return Ok(Err(Fault::TwoServers {
                        place: place(resource),
                        patient: patient.to_string(),
                        one: known,
                        other: server.to_owned(),
                    }));
                }
                Some(_) => {}
                None => {
                    self.servers.insert(key, server.to_owned());
                }
            }
        }
        Ok(Ok(()))
    }
}
