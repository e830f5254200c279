//! Resources that are too large to be held in memory: each is a batch of its own, sealed from a file into a file.

use super::{Event, Intake, IntakeError, LargeContent, Source, open::Collected};
use crate::{
    custodian::{CodedContent, EnrolledPatient, IngestError, NewRecord, Step},
    fhir::Reading,
};
use std::sync::Arc;

impl Intake<'_> {
    /// Takes in a large resource, after what was collected before it.
    pub(super) async fn take_large(
        &mut self,
        reading: Reading,
        content: LargeContent,
        source: &Source,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IntakeError> {
        self.flush(watch).await?;
        self.large = Some(content);
        self.take(reading, source, watch).await?;
        self.flush(watch).await?;
        // It is still there where the resource is known, or left out.
        self.large = None;
        Ok(())
    }

    /// Seals the only resource that was collected, and keeps it in the journal.
    pub(super) fn seal_large(
        &mut self,
        collected: Vec<(Collected, Arc<EnrolledPatient>)>,
        content: LargeContent,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IntakeError> {
        for (own, patient) in collected {
            let record = NewRecord {
                patient: &patient,
                resource: &own.resource,
            };
            let (deployment, domain) = (self.aegle.bound_to(), self.domain());
            let (bytes, mut reader) = content.reader().map_err(IngestError::from)?;
            let content = CodedContent {
                reader: &mut reader,
                bytes,
            };
            let sealing = self.journal.keep_large(own.entry(&patient), |file| {
                let sealed = self.custodian.seal_large(deployment, domain, &record, content, file);
                sealed.map_err(IntakeError::from)
            })?;
            watch(Event::Step(Step::Sealed));
            self.outcome.report.merge(sealing.report);
            self.outcome.new += 1;
        }
        Ok(())
    }
}
