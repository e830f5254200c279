//! What we find of FHIR resources is what another implementation finds: Medplum's matching of a resource against a FHIR search
//! (`@medplum/core`). It knows tokens and dates; every answer that differs is explained, or the test fails. And what is shown of
//! grants and logs is FHIR for its validation.
#![allow(missing_docs, clippy::print_stdout)]

mod facade;
mod parameters;

use aegle_client::{
    fhir::Resource,
    sealed::{Expression, Indexing, Keyword, query},
};
use aegle_population::{draws::Draws, files};
use anyhow::{Context, Result, ensure};
use parameters::{Kind, PARAMETERS, Parameter};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Questions, unless `AEGLE_QUESTIONS` says otherwise.
const QUESTIONS: usize = 500;
/// Resources of each type of the population that are asked about, and of each type of the HL7 examples.
const OF_TYPE: usize = 250;
/// Most parameters that are drawn for each question: not every resource says everything.
const MAX_DRAWS: usize = 50;
/// What is drawn follows from this, unless `AEGLE_SEED` says otherwise.
const SEED: u64 = 20_261_201;
/// Most clauses of a question.
const CLAUSES: usize = 3;
/// One clause in so many is negated.
const NEGATED: usize = 4;

/// A resource with what it is found by.
struct Known {
    fields: Value,
    keywords: HashSet<Keyword>,
}

/// One clause of a question: what we are asked, and what Medplum is.
struct Clause {
    kind: Kind,
    text: String,
    names: &'static [&'static str],
    operator: Option<&'static str>,
    value: String,
    negated: bool,
}

fn variable<T: std::str::FromStr>(name: &str, otherwise: T) -> Result<T> {
    let Ok(text) = env::var(name) else { return Ok(otherwise) };
    text.parse().ok().with_context(|| format!("{name} is no number"))
}

#[test]
fn what_is_found_is_what_another_implementation_finds() -> Result<()> {
    let (seed, count) = (variable("AEGLE_SEED", SEED)?, variable("AEGLE_QUESTIONS", QUESTIONS)?);
    println!("AEGLE_SEED={seed} AEGLE_QUESTIONS={count}");
    let resources = resources()?;
    let by_type = |parameter: &&Parameter| resources.contains_key(parameter.resource_type);
    let asked: Vec<&Parameter> = PARAMETERS.iter().filter(by_type).collect();
    let mut draws = Draws::from_seed(seed);
    let folder = tempfile::tempdir()?;
    let (mut lines, mut first) = (Vec::new(), BTreeMap::new());
    for (name, resources) in &resources {
        first.insert(name, lines.len());
        lines.extend(resources.iter().map(|resource| resource.fields.to_string()));
    }
    fs::write(folder.path().join("resources.ndjson"), lines.join("\n"))?;
    let (mut questions, mut drawn) = (Vec::new(), asked.iter().cycle().take(count * MAX_DRAWS));
    while questions.len() < count {
        let drawn = drawn
            .next()
            .context("next to no resource says anything that is asked about")?;
        let (name, known) = (drawn.resource_type.to_owned(), &resources[drawn.resource_type]);
        let of_type: Vec<&&Parameter> = asked.iter().filter(|other| other.resource_type == name).collect();
        let more = draws.below(CLAUSES);
        let parameters = std::iter::once(*drawn).chain((0..more).map(|_| **draws.choose(&of_type)));
        let parameters: Vec<&Parameter> = parameters.collect();
        let clauses: Option<Vec<Clause>> = parameters
            .into_iter()
            .map(|parameter| clause(parameter, known, &mut draws))
            .collect();
        // Not every type says everything that it could.
        let Some(clauses) = clauses else {
            continue;
        };
        questions.push(question(&name, known, first[&name], &clauses)?.to_string());
    }
    fs::write(folder.path().join("questions.ndjson"), questions.join("\n"))?;

    let report = answers(folder.path())?;
    println!("{report:#}");
    ensure!(report["questions"] == json!(count), "not all were answered");
    ensure!(
        report["unexplained_count"] == 0,
        "there are differences that nothing explains"
    );
    for kind in Kind::ALL {
        let hits = report["hits"][kind.name()].as_u64().unwrap_or_default();
        ensure!(
            hits as usize > count / 4,
            "{} finds next to nothing that both find",
            kind.name()
        );
    }
    Ok(())
}

/// Reads resources of the population and of the HL7 examples by type, each with its keywords.
fn resources() -> Result<BTreeMap<String, Vec<Known>>> {
    let mut all: BTreeMap<String, Vec<Known>> = BTreeMap::new();
    for source in [of_population()?, of_examples()?] {
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        for resource in source {
            let name = resource.resource_type().to_owned();
            let count = taken.entry(name.clone()).or_default();
            if *count == OF_TYPE || !PARAMETERS.iter().any(|known| known.resource_type == name) {
                continue;
            }
            *count += 1;
            let keywords = resource.keywords_under(&Indexing::default()).keywords;
            all.entry(name).or_default().push(Known {
                fields: serde_json::from_str(resource.text())?,
                keywords: keywords.into_iter().collect(),
            });
        }
    }
    ensure!(!all.is_empty(), "there are no resources");
    Ok(all)
}

fn of_population() -> Result<Vec<Resource>> {
    let mut all = Vec::new();
    for text in files::texts(&files::folder()?)? {
        // Files are of one type each. The first lines would be those of a few patients.
        let lines: Vec<&str> = text.lines().collect();
        for line in lines.iter().step_by((lines.len() / OF_TYPE).max(1)).take(OF_TYPE) {
            all.extend(files::resources(line)?);
        }
    }
    Ok(all)
}

fn of_examples() -> Result<Vec<Resource>> {
    let population = files::folder()?;
    let cache = population.parent().context("the cache is a folder")?;
    let folder = cache.join("hl7.fhir.r4.examples-4.0.1/package");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| format!("{}: run scripts/examples.sh", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let named = |known: &Parameter| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.starts_with(&format!("{}-", known.resource_type)))
        };
        if PARAMETERS.iter().any(named) {
            // Examples that are refused are for the tests of reading.
            all.extend(files::resources(&fs::read_to_string(&path)?).unwrap_or_default());
        }
    }
    Ok(all)
}

/// Draws a clause about something that a resource says; `None` where the drawn ones say nothing of the kind.
fn clause(parameter: &Parameter, known: &[Known], draws: &mut Draws) -> Option<Clause> {
    let Parameter { kind, names, .. } = parameter;
    let mut values = Vec::new();
    for _ in 0..20 {
        parameters::values(*kind, &draws.choose(known).fields, &mut values);
        if !values.is_empty() {
            break;
        }
    }
    values.retain(|value| !value.contains(['"', '\\', ',', '$', '*', '\n']));
    if values.is_empty() {
        return None;
    }
    let value = draws.choose(&values).clone();
    let (text, operator, value) = match kind {
        Kind::Code => (format!("code:\"{value}\""), None, value),
        Kind::Category => (format!("category:\"{value}\""), None, value),
        Kind::Status => (format!("status:\"{value}\""), None, value),
        Kind::Date => {
            let length = *draws.choose(&[4, 7, 10]);
            let value = value.get(..length.min(value.len()))?.to_owned();
            let (sign, operator) = *draws.choose(&[("", "eq"), (">=", "ge"), ("<=", "le"), (">", "gt"), ("<", "lt")]);
            (format!("date:{sign}{value}"), Some(operator), value)
        }
    };
    Some(Clause {
        kind: *kind,
        text,
        names,
        operator,
        value,
        negated: draws.once_in(NEGATED),
    })
}

/// Asks us, and writes down what Medplum is asked. Resources are named by their lines, of which `first` is the first of the type.
fn question(name: &str, known: &[Known], first: usize, clauses: &[Clause]) -> Result<Value> {
    let find = |text: &str| -> Result<Vec<usize>> {
        let query = query::parse(text).with_context(|| text.to_owned())?;
        let finds = |known: &Known| finds(&query.expression, &query.terms, &known.keywords);
        let found = (first..).zip(known).filter(|(_, known)| finds(known));
        Ok(found.map(|(number, _)| number).collect())
    };
    let mut text = format!("type:{name}");
    for Clause {
        text: clause, negated, ..
    } in clauses
    {
        text.push_str(if *negated { " NOT " } else { " AND " });
        text.push_str(clause);
    }
    let described = clauses.iter().map(|clause| {
        Ok(json!({
            "kind": clause.kind.name(),
            "names": clause.names,
            "operator": clause.operator,
            "value": clause.value,
            "negated": clause.negated,
            "ours": find(&clause.text)?,
        }))
    });
    let described: Vec<Value> = described.collect::<Result<_>>()?;
    Ok(json!({ "text": text, "type": name, "clauses": described, "ours": find(&text)? }))
}

fn finds(expression: &Expression, terms: &[Keyword], keywords: &HashSet<Keyword>) -> bool {
    let holds = |part: &Expression| finds(part, terms, keywords);
    match expression {
        Expression::Term(term) => keywords.contains(&terms[*term]),
        Expression::And(parts) => parts.iter().all(holds),
        Expression::Or(parts) => parts.iter().any(holds),
        Expression::Not(part) => !holds(part),
    }
}

/// Runs Medplum on the files of a folder.
fn answers(folder: &Path) -> Result<Value> {
    Ok(serde_json::from_slice(&node("answer.mjs", folder)?)?)
}

/// Runs a program of Medplum's on a file or a folder, and returns what it prints.
fn node(program: &str, argument: &Path) -> Result<Vec<u8>> {
    let medplum = Path::new(env!("CARGO_MANIFEST_DIR")).join("medplum");
    ensure!(
        medplum.join("node_modules/@medplum/core").exists(),
        "Medplum is not there: run scripts/medplum.sh"
    );
    let installed = files::folder()?.with_file_name("node/bin/node");
    let node = if installed.exists() { installed } else { "node".into() };
    let output = Command::new(node).arg(medplum.join(program)).arg(argument).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}
