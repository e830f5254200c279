//! From the chain into Postgres, and from Postgres into the label index.
mod follow;
mod progress;

pub use follow::{FollowError, Follower};
pub use progress::{Progress, ProgressReader, WaitError};
