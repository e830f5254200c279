//! Attacks the sealed index and, beside it, deterministic tokens over the same records, with the attacks of the literature.
//!
//! `cargo run --release -p aegle-index --example attacks -- --output FOLDER` prints one JSON object a figure on standard
//! output and everything else on standard error, and writes `attacks.json` and `attacks.svg` into the folder. It ends with
//! a failure when an attack that the sealed index is claimed to withstand succeeds beyond chance, or when an attack does
//! not succeed against deterministic tokens, for then it proves nothing. What chance is says [`experiments`].
#![allow(clippy::print_stdout)]

mod experiments;

use experiments::{Size, plot, report};
use std::{error::Error, path::PathBuf, process::ExitCode};

/// Ten thousand records of five hundred patients in twenty batches.
const SIZE: Size = Size {
    seed: 0x0ae6_1e00,
    patients: 500,
    visits: 20,
    batch_records: 500,
    told_records: 10,
    queries: 150,
    told_queries: 10,
};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = output()?;
    eprintln!(
        "attacking {} records (seed {:#x})",
        SIZE.patients as usize * SIZE.visits,
        SIZE.seed
    );
    let results = experiments::run(&SIZE)?;
    let figures = report::figures(&results);
    for figure in &figures {
        println!("{}", serde_json::to_string(figure)?);
    }
    std::fs::create_dir_all(&folder)?;
    std::fs::write(
        folder.join("attacks.json"),
        serde_json::to_string_pretty(&figures)? + "\n",
    )?;
    plot::draw(&folder.join("attacks.svg"), &results)?;

    let broken = results.broken();
    for broken in &broken {
        eprintln!("{broken}");
    }
    if !broken.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    eprintln!("every attack gives what is claimed");
    Ok(ExitCode::SUCCESS)
}

/// Returns the folder of `--output`.
fn output() -> Result<PathBuf, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [option, folder] if option == "--output" => Ok(PathBuf::from(folder)),
        _ => Err("usage: attacks --output FOLDER".into()),
    }
}
