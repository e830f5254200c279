//! From the chain into Postgres, and from Postgres into the label index.
mod error;
mod follow;
mod progress;

pub use error::FollowError;
pub(crate) use follow::Follower;
pub use progress::WaitError;
pub(crate) use progress::{Progress, ProgressReader};
