//! Secrets that a person types or pipes in, or keeps in a file: never an argument, which every program of the machine can see.

use anyhow::{Context as _, Result};
use std::{
    fs,
    io::{self, IsTerminal, Read},
    path::Path,
};
use zeroize::Zeroizing;

/// Reads at most `limit` bytes of text from a file; without one, asks for a line by `prompt` where somebody types, and shows nothing
/// of it, and else reads standard input.
pub(crate) fn read(file: Option<&Path>, prompt: &str, limit: u64) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    match file {
        Some(path) => {
            let file = fs::File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
            file.take(limit).read_to_string(&mut text)?;
        }
        None if is_typed() => text = Zeroizing::new(rpassword::prompt_password(prompt)?),
        None => {
            io::stdin().take(limit).read_to_string(&mut text)?;
        }
    }
    Ok(text)
}

/// Returns whether somebody types what is read without a file.
pub(crate) fn is_typed() -> bool {
    io::stdin().is_terminal()
}
