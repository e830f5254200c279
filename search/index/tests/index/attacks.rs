//! The attacks of `examples/attacks` on a small corpus: those that the sealed index is claimed to withstand give what
//! chance gives, and all of them work on deterministic tokens.

use crate::experiments::{Broken, Outcome, Results, Size, chance_limit, plot, report, run};
use std::{fs, sync::OnceLock};

const SMALL: Size = Size {
    seed: 0x0ae6_1e01,
    patients: 100,
    visits: 15,
    batch_records: 250,
    told_records: 10,
    queries: 100,
    told_queries: 10,
};

fn results() -> &'static Results {
    static RESULTS: OnceLock<Results> = OnceLock::new();
    RESULTS.get_or_init(|| run(&SMALL).unwrap())
}

fn outcome(name: &str) -> &'static Outcome {
    results().outcomes.iter().find(|outcome| outcome.name == name).unwrap()
}

#[test]
fn attacks_recover_deterministic_tokens_but_no_labels() {
    for name in [
        "frequency",
        "count",
        "count_table",
        "cooccurrence",
        "file_injection",
        "private_search",
    ] {
        let outcome = outcome(name);
        assert!(outcome.withstood, "{name}");
        assert_eq!(outcome.check(), Ok(()), "{outcome:?}");
    }
}

#[test]
fn no_label_stands_in_two_records_and_nothing_else_is_broken() {
    assert_eq!(results().broken(), []);
}

#[test]
fn an_injected_record_is_found_by_later_tokens_alone() {
    assert_eq!(outcome("file_injection").sealed.right, 0);
    assert_eq!(results().later_tokens.share(), 1.0);
}

#[test]
fn an_indexer_that_knows_documents_recovers_queries() {
    // Opening what a private search found shows it as a search does.
    for name in ["after_searches", "private_search_opened"] {
        let outcome = outcome(name);
        assert!(!outcome.withstood, "{name}");
        assert_eq!(outcome.check(), Ok(()), "{outcome:?}");
        assert!(outcome.sealed.right >= chance_limit(outcome.chance), "{outcome:?}");
    }
}

#[test]
fn count_tables_without_their_pad_would_be_read() {
    let leaking = Outcome {
        sealed: results().tables_without_pad,
        ..outcome("count_table").clone()
    };
    assert!(
        matches!(leaking.check(), Err(Broken::AboveChance { .. })),
        "{leaking:?}"
    );
}

#[test]
fn an_index_that_leaks_is_caught() {
    for outcome in results().outcomes.iter().filter(|outcome| outcome.withstood) {
        let leaking = Outcome {
            sealed: outcome.baseline,
            ..outcome.clone()
        };
        assert!(
            matches!(leaking.check(), Err(Broken::AboveChance { .. })),
            "{leaking:?}"
        );
    }
}

#[test]
fn an_attack_that_fails_on_deterministic_tokens_is_caught() {
    for outcome in &results().outcomes {
        let weak = Outcome {
            baseline: outcome.sealed,
            floor: outcome.sealed.share() + 0.01,
            ..outcome.clone()
        };
        assert!(
            matches!(
                weak.check(),
                Err(Broken::WeakAttack { .. } | Broken::AboveChance { .. })
            ),
            "{weak:?}"
        );
    }
}

#[test]
fn figures_and_plot_show_every_attack() {
    let figures = serde_json::to_string(&report::figures(results())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("attacks.svg");
    plot::draw(&file, results()).unwrap();
    let drawn = fs::read_to_string(file).unwrap();
    for outcome in &results().outcomes {
        let name = outcome.name;
        assert!(figures.contains(&format!("\"attacks/{name}\"")), "{name}");
        assert!(outcome.title.iter().all(|line| drawn.contains(line)), "{name}");
    }
}

#[test]
fn the_limit_of_chance_is_chernoffs_bound() {
    // exp(x - m - x ln(x / m)) falls below 10^-6 at these numbers.
    for (mean, limit) in [(1.0, 10), (20.0, 48), (600.0, 734)] {
        assert_eq!(chance_limit(mean), limit, "mean {mean}");
    }
}
