//! A set that was lost: another one takes its place only where nothing of it can be read.
use super::{ErasureKeyError, KeySetId, header::Found, replica::Replica};
use std::path::PathBuf;

/// Checks that no folder has anything that may be of a set. A folder without a replica has nothing.
///
/// # Errors
/// [`ErasureKeyError::StillThere`] or [`ErasureKeyError::MayBeThere`]; [`ErasureKeyError::Io`] where it cannot be told.
pub fn check_lost(folders: &[PathBuf], set: KeySetId) -> Result<(), ErasureKeyError> {
    for folder in folders {
        let Some(replica) = Replica::open(folder)? else {
            continue;
        };
        let path = replica.path().to_owned();
        match replica.header()? {
            Found::Header(header) if header.set == set => return Err(ErasureKeyError::StillThere { path }),
            // One damaged byte makes a header that is no header any more, or of something else; the keys behind it may be whole.
            Found::Damaged | Found::Foreign | Found::Nothing if replica.places()? > 0 => {
                return Err(ErasureKeyError::MayBeThere { path });
            }
            _ => {}
        }
    }
    Ok(())
}
