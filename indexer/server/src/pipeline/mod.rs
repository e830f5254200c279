//! From the chain into Postgres, and from Postgres into the label index.
mod follow;
mod progress;

pub use follow::FollowError;
pub(crate) use follow::Follower;
pub use progress::WaitError;
pub(crate) use progress::{Progress, ProgressReader};
