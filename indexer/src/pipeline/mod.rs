//! From the chain into Postgres, and from Postgres into the label index.
mod counts;
mod follow;
mod labels;
mod progress;
mod trees;

pub use follow::{FollowError, Follower};
pub use labels::{BatchHits, Labels, LabelsError, SearchInput};
pub use progress::{Progress, ProgressReader, WaitError};
