//! What goes to the indexer of a batch: ciphertexts before it is anchored, the bundle after.

use super::{Custodian, IngestError, Step};
use crate::{
    chain::Chain,
    deployment::Aegle,
    remote::{RemoteError, Transport},
};
use aegle_protocol::{
    record::RecordId,
    wire::{Bundle, LargeCiphertext, MAX_UPLOAD_CIPHERTEXTS, ProblemCode, Upload, UploadError, piece_count},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::io;

/// Uploads of ciphertexts that are under way at the same time.
const PARALLEL_UPLOADS: usize = 4;
/// Bytes of ciphertext after which the next ciphertext goes into another upload: 4 MiB.
const UPLOAD_BYTES: usize = 4 << 20;
/// The longest ciphertext, in bytes, that goes with others in one upload; longer ones go in pieces: 32 MiB.
#[cfg(feature = "native")]
pub(crate) const UPLOADED_WHOLE_BYTES: u64 = 32 << 20;
/// How often an indexer is asked which pieces it lacks. Once is enough, and once more for each time that it loses some.
const MAX_PIECE_ROUNDS: u32 = 4;
/// The most questions to the indexer whether it has seen an anchor that it refused a bundle for.
const MAX_ANCHOR_LOOKS: u32 = 60;
/// The pause between two such questions, in milliseconds: altogether the indexer's node may be half a minute behind.
const ANCHOR_LOOK_PAUSE_MS: u32 = 500;

impl Custodian {
    /// Uploads the rows and labels of a batch whose anchor is finalized.
    ///
    /// # Errors
    /// The indexer refuses.
    pub async fn upload<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        bundle: &Bundle,
    ) -> Result<(), RemoteError> {
        aegle.indexer.put_batch(&self.account, bundle).await
    }

    /// Sends what must be on chain to an indexer whose node may not have its block yet: when it refuses for that, waits
    /// until it has, and sends again, once.
    pub(super) async fn once_seen<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        block: u32,
        send: impl AsyncFn() -> Result<(), RemoteError>,
    ) -> Result<(), RemoteError> {
        let refused = match send().await {
            Err(error) if is_not_anchored(&error) => error,
            answer => return answer,
        };
        match self.once_indexed(aegle, block).await {
            Ok(()) => send().await,
            Err(RemoteError::Behind { .. }) => Err(refused),
            Err(error) => Err(error),
        }
    }

    /// Waits until the indexer has seen a finalized block.
    ///
    /// # Errors
    /// [`RemoteError::Behind`] when it has not for half a minute, and what it says else.
    pub(crate) async fn once_indexed<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        block: u32,
    ) -> Result<(), RemoteError> {
        for _ in 0..MAX_ANCHOR_LOOKS {
            if aegle.indexer.status(aegle.contracts).await?.indexed >= block {
                return Ok(());
            }
            aegle.indexer.transport().pause(ANCHOR_LOOK_PAUSE_MS).await;
        }
        Err(RemoteError::Behind { block })
    }

    /// Uploads the rows and labels of a batch that is anchored in the state of the finalized `block`, and waits for an
    /// indexer that has not seen that block yet. A batch that the indexer has is uploaded.
    ///
    /// # Errors
    /// The indexer refuses: [`is_missing_ciphertext`] says whether the ciphertexts are to be stored again first.
    pub async fn upload_anchored<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        bundle: &Bundle,
        block: u32,
    ) -> Result<(), RemoteError> {
        match self
            .once_seen(aegle, block, async || self.upload(aegle, bundle).await)
            .await
        {
            // What an indexer has under an anchored number is what was anchored.
            Err(error) if has_reason(&error, "batch-exists") => Ok(()),
            answer => answer,
        }
    }

    /// Stores ciphertexts at the indexer, under the names of their records. It may be done again; an indexer keeps what
    /// no bundle names for a week.
    ///
    /// # Errors
    /// A ciphertext is too long, or the indexer refuses.
    pub async fn store<'a, C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        ciphertexts: impl Iterator<Item = (RecordId, &'a [u8])>,
        progress: &mut impl FnMut(Step),
    ) -> Result<(), IngestError> {
        let uploads = uploads(ciphertexts)?;
        let sending = uploads.iter().map(async |upload| {
            aegle.indexer.put_ciphertexts(&self.account, upload).await?;
            Ok::<_, RemoteError>(upload.ciphertexts().len())
        });
        let mut sending = stream::iter(sending).buffer_unordered(PARALLEL_UPLOADS);
        while let Some(stored) = sending.try_next().await? {
            (0..stored).for_each(|_| progress(Step::Stored));
        }
        Ok(())
    }

    /// Stores a large ciphertext at the indexer, piece by piece: those that it does not have, so that this may be called again
    /// after whatever ended it. `read` reads the piece of a number.
    ///
    /// # Errors
    /// A piece cannot be read, the indexer refuses, or it loses pieces again and again.
    pub async fn store_large<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        large: &LargeCiphertext,
        read: impl Fn(u32) -> io::Result<Vec<u8>>,
        progress: &mut impl FnMut(Step),
    ) -> Result<(), IngestError> {
        for _ in 0..MAX_PIECE_ROUNDS {
            let mut missing = aegle.indexer.announce_ciphertext(&self.account, large).await?.missing;
            if missing.is_empty() {
                progress(Step::Stored);
                return Ok(());
            }
            missing.retain(|number| *number < piece_count(large.length));
            missing.dedup();
            let sending = missing.into_iter().map(async |number| {
                let piece = read(number)?;
                let sent = aegle.indexer.put_piece(&self.account, &large.record, number, piece);
                Ok::<_, IngestError>(sent.await?)
            });
            let sending = stream::iter(sending).buffer_unordered(PARALLEL_UPLOADS);
            sending.try_collect::<()>().await?;
        }
        Err(IngestError::PiecesLost(large.record))
    }
}

/// Distributes the ciphertexts, in order, over as few uploads as their limits allow.
fn uploads<'a>(ciphertexts: impl Iterator<Item = (RecordId, &'a [u8])>) -> Result<Vec<Upload<'a>>, UploadError> {
    let (mut uploads, mut open, mut bytes) = (Vec::new(), Vec::new(), 0);
    for (record, ciphertext) in ciphertexts {
        let full = open.len() == MAX_UPLOAD_CIPHERTEXTS || bytes + ciphertext.len() > UPLOAD_BYTES;
        if full && !open.is_empty() {
            uploads.push(Upload::new(std::mem::take(&mut open))?);
            bytes = 0;
        }
        bytes += ciphertext.len();
        open.push((record, ciphertext));
    }
    uploads.push(Upload::new(open)?);
    Ok(uploads)
}

/// Returns whether an indexer refuses a bundle because it does not have a ciphertext of it.
pub fn is_missing_ciphertext(error: &RemoteError) -> bool {
    has_reason(error, "ciphertext-missing")
}

fn has_reason(error: &RemoteError, expected: &str) -> bool {
    matches!(error, RemoteError::Refused { reason, .. } if reason == expected)
}

fn is_not_anchored(error: &RemoteError) -> bool {
    matches!(
        error,
        RemoteError::Refused {
            code: ProblemCode::NotAnchored,
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn uploads_are_full_and_no_larger_than_they_may_be() {
        const LARGE: usize = UPLOAD_BYTES + 1;
        let cases: [(&[(usize, usize)], &[usize]); 6] = [
            (&[(1, 100)], &[1]),
            (&[(MAX_UPLOAD_CIPHERTEXTS, 1)], &[MAX_UPLOAD_CIPHERTEXTS]),
            (&[(MAX_UPLOAD_CIPHERTEXTS + 1, 1)], &[MAX_UPLOAD_CIPHERTEXTS, 1]),
            (&[(4, UPLOAD_BYTES / 4)], &[4]),
            (&[(5, UPLOAD_BYTES / 4)], &[4, 1]),
            (&[(1, 1), (1, LARGE), (2, 1)], &[1, 1, 2]),
        ];
        let bytes = vec![0; LARGE];
        for (case, (lengths, expected)) in cases.into_iter().enumerate() {
            let lengths = lengths.iter().flat_map(|(count, length)| vec![*length; *count]);
            let named = (0_u128..).map(|number| RecordId(number.to_le_bytes()));
            let ciphertexts: Vec<_> = named.zip(lengths.map(|length| &bytes[..length])).collect();
            let uploads = uploads(ciphertexts.iter().copied()).unwrap();
            let counts: Vec<usize> = uploads.iter().map(|upload| upload.ciphertexts().len()).collect();
            assert_eq!(counts, expected, "case {case}");
            let sent: Vec<_> = uploads.iter().flat_map(Upload::ciphertexts).copied().collect();
            assert!(sent == ciphertexts, "case {case}: each once, in order");
        }
    }
}
