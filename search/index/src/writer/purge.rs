//! Taking what was deleted out of the files.

use super::{LabelIndex, open_writer};
use crate::{
    error::WriteError,
    limits::{REMOVAL_ATTEMPTS, REMOVAL_PAUSE},
    merge_policy::BatchMergePolicy,
};
use std::{path::Path, thread};
use tantivy::{index::SegmentId, merge_policy::NoMergePolicy};

impl LabelIndex {
    /// Rewrites every segment that has deleted documents, so that no file holds a label of theirs.
    ///
    /// Searches that are under way may hold the old files open until they end. Call it on a schedule that keeps the
    /// promise about erasures; merges alone begin at a tenth of a segment.
    ///
    /// # Errors
    /// [`WriteError::Uncommitted`] when there are changes that are not committed.
    pub fn purge(&mut self) -> Result<(), WriteError> {
        self.guarded(Self::rewrite_stale)
    }

    fn rewrite_stale(&mut self) -> Result<(), WriteError> {
        if self.uncommitted {
            return Err(WriteError::Uncommitted);
        }
        // Merges that run already must end first, or they could bring back what is being rewritten.
        if let Some(writer) = self.writer.take() {
            writer.wait_merging_threads()?;
        }
        let mut writer = open_writer(&self.index, self.options)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let metas = self.index.searchable_segment_metas()?;
        let stale: Vec<SegmentId> = metas
            .iter()
            .filter(|meta| meta.num_deleted_docs() > 0)
            .map(tantivy::SegmentMeta::id)
            .collect();
        drop(metas);
        for segment in &stale {
            writer.merge(&[*segment]).wait()?;
        }
        writer.set_merge_policy(Box::new(BatchMergePolicy));
        self.writer = Some(writer);
        self.refresh()?;
        self.remove_old_files()?;
        tracing::debug!(segments = stale.len(), "purged deleted documents");
        Ok(())
    }

    /// Removes the files of segments that are no longer in the index. A merge that has just ended counts its old segments
    /// as in use for a moment longer, so this asks again until none of them is left.
    fn remove_old_files(&self) -> Result<(), WriteError> {
        for _ in 0..REMOVAL_ATTEMPTS {
            if let Some(writer) = &self.writer {
                writer.garbage_collect_files().wait()?;
            }
            let current = self.index.searchable_segment_ids()?;
            let is_old = |file: &Path| {
                let name = file.to_str().and_then(|name| name.split('.').next());
                let segment = name.and_then(|name| SegmentId::from_uuid_string(name).ok());
                segment.is_some_and(|segment| !current.contains(&segment))
            };
            if !self
                .index
                .directory()
                .list_managed_files()
                .iter()
                .any(|file| is_old(file))
            {
                return Ok(());
            }
            thread::sleep(REMOVAL_PAUSE);
        }
        Err(WriteError::FilesInUse)
    }
}
