//! Which segments are merged: documents are batches here, so that tantivy's own policy, which takes ten thousand
//! documents for little, would write every label again at every eighth commit.

use crate::limits::{DELETED_SHARE_BEFORE_MERGE, MAX_SEGMENT_BATCHES, SEGMENTS_TO_MERGE};
use aegle_sealed::limits::MAX_BATCH_LABELS;
use tantivy::{
    index::SegmentMeta,
    merge_policy::{MergeCandidate, MergePolicy},
};

// Values of a column are numbered in 32 bits.
const _: () = assert!(MAX_SEGMENT_BATCHES as u64 * MAX_BATCH_LABELS as u64 <= u32::MAX as u64);

/// Merges segments of about one size, and rewrites each of which a share is deleted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchMergePolicy;

impl MergePolicy for BatchMergePolicy {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let is_stale = |segment: &SegmentMeta| {
            segment.num_deleted_docs() as f32 > segment.max_doc() as f32 * DELETED_SHARE_BEFORE_MERGE
        };
        let (stale, fresh): (Vec<&SegmentMeta>, Vec<_>) = segments.iter().partition(|segment| is_stale(segment));
        let mut candidates: Vec<_> = stale.iter().map(|segment| MergeCandidate(vec![segment.id()])).collect();
        let mut levels: Vec<Vec<&SegmentMeta>> = Vec::new();
        for segment in fresh {
            // A segment of more than half the most is as good as full.
            if segment.max_doc() <= MAX_SEGMENT_BATCHES / 2 {
                let level = segment.max_doc().max(1).ilog(SEGMENTS_TO_MERGE as u32) as usize;
                levels.resize_with(levels.len().max(level + 1), Vec::new);
                levels[level].push(segment);
            }
        }
        for mut level in levels.into_iter().filter(|level| level.len() >= SEGMENTS_TO_MERGE) {
            level.sort_by_key(|segment| segment.max_doc());
            let mut batches = 0;
            let fitting = level.iter().take_while(|segment| {
                batches += segment.max_doc();
                batches <= MAX_SEGMENT_BATCHES
            });
            let merged = fitting.take(SEGMENTS_TO_MERGE).map(|segment| segment.id()).collect();
            candidates.push(MergeCandidate(merged));
        }
        candidates
    }
}
