//! What a clinician does: searching and opening what a patient has granted.

pub mod reader;
