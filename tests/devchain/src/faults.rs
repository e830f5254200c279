//! Methods that fail because a test says so.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;

/// How a method of the node fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It answers with an internal error.
    Error,
    /// It never answers.
    Silence,
}

/// The methods that fail. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<RwLock<HashMap<String, Fault>>>);

impl Faults {
    pub(crate) fn set(&self, method: &str, fault: Option<Fault>) {
        let mut faults = self.0.write();
        match fault {
            Some(fault) => faults.insert(method.to_owned(), fault),
            None => faults.remove(method),
        };
    }

    pub(crate) fn of(&self, method: &str) -> Option<Fault> {
        self.0.read().get(method).copied()
    }
}
