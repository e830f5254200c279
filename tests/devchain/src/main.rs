//! `aegle-devchain`: the chain as a process of its own.

use std::{io::Write, time::Duration};

use aegle_devchain::{Devchain, Options, Sealing};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

/// Enough for a script to fetch the block that it is told of before it is told that it is final.
const FINALITY_NOTICE_DELAY: Duration = Duration::from_millis(150);

/// Runs an in-memory contracts chain with funded development accounts.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 9944)]
    port: u16,
    /// When blocks are sealed: `instant`, or a number of seconds.
    #[arg(long, default_value = "instant", value_parser = parse_sealing)]
    sealing: Sealing,
    /// With instant sealing, seconds without a block after which an empty one is sealed; 0 for
    /// never.
    #[arg(long, default_value = "20", value_parser = parse_seconds)]
    heartbeat: Duration,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("{text} is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn parse_sealing(text: &str) -> Result<Sealing, String> {
    if text == "instant" {
        return Ok(Sealing::Instant);
    }
    match parse_seconds(text)? {
        Duration::ZERO => Err("blocks need some time between them; say `instant`".to_owned()),
        period => Ok(Sealing::Every(period)),
    }
}

#[tokio::main]
async fn main() -> Result<(), anyhow::Error> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    let heartbeat = (!arguments.heartbeat.is_zero()).then_some(arguments.heartbeat);
    let options = Options {
        port: arguments.port,
        sealing: arguments.sealing,
        heartbeat,
        finality_notice_delay: FINALITY_NOTICE_DELAY,
    };
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let chain = Devchain::start(options).await?;
    writeln!(std::io::stdout(), "listening on {}", chain.ws_url())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
