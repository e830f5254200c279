//! One query over the scopes of many patients.

use super::{Bench, Question, ROUNDS, context, figures::Report, plaintext::Whose, store::AnyError, window};
use aegle_keys::{BlindQuery, KeywordKey, ScopeKeys};
use aegle_sealed::{Expression, Keyword, ScopeContext, SearchToken, Window};
use std::{thread, time::Instant};

/// Patients of one query over many patients.
const GROUP: usize = 500;
/// Threads of one query over many patients.
const GROUP_THREADS: usize = 2;

/// Derives the tokens of a keyword whose keys are at hand, one a segment.
fn tokens_of(question: &Question, keys: &[KeywordKey]) -> Result<Vec<SearchToken>, AnyError> {
    let mut tokens = Vec::new();
    for (segment, part) in window(question)?.by_segment()? {
        let key = keys.iter().find(|key| key.context().segment == segment);
        tokens.push(key.ok_or("a key is missing")?.token(part)?);
    }
    Ok(tokens)
}

impl Bench {
    /// Searches one query over the scopes of many patients: with the keys obtained blindly from the custodian, in one
    /// question, and again with those keys at hand.
    pub(super) fn many_patients(&self, report: &Report) -> Result<(), AnyError> {
        let names = ["search/patients_500_p50_ms", "search/patients_500_without_keys_p50_ms"];
        if !report.wants(&names) {
            return Ok(());
        }
        let step = self.corpus.patients() / GROUP;
        let patients: Vec<usize> = (0..GROUP).map(|number| number * step).collect();
        let query = Expression::Term(0).verify(1)?;
        let (mut at_hand, mut without, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            // Another keyword in each round.
            let keyword = self.corpus.words(round).to_vec().remove(0);
            let questions: Vec<Question> = patients
                .iter()
                .map(|patient| self.of_patient(*patient, vec![keyword.clone()], query.clone()))
                .collect();
            let begin = Instant::now();
            let keys = self.blindly(&questions, &keyword)?;
            let mut first = self.of_all(&questions, &keys)?;
            without.push(begin.elapsed());
            let begin = Instant::now();
            let mut again = self.of_all(&questions, &keys)?;
            at_hand.push(begin.elapsed());
            let begin = Instant::now();
            let expected = self
                .store
                .plain
                .search(&query, &Whose::Patients(patients.clone()), &[keyword])?;
            plain.push(begin.elapsed());
            for found in [&mut first, &mut again] {
                found.sort_unstable();
                assert_eq!(*found, expected, "{}, round {round}", names[0]);
            }
        }
        report.print_median(names[0], &mut at_hand, &mut plain);
        report.print_median(names[1], &mut without, &mut plain);
        Ok(())
    }

    /// Does what a searcher and a custodian do about many patients: blinds the keyword once, evaluates it for each of them, and
    /// verifies every proof.
    fn blindly(&self, questions: &[Question], keyword: &Keyword) -> Result<Vec<Vec<KeywordKey>>, AnyError> {
        let contexts: Vec<ScopeContext> = questions.iter().map(|question| context(question.scope)).collect();
        let last = questions
            .iter()
            .filter_map(|question| question.batches.last())
            .map(|(batch, _)| batch.0);
        let window = Window::new(0, last.max().ok_or("nobody has records")? + 1)?;
        let query = BlindQuery::over(contexts.clone(), std::slice::from_ref(keyword), window)?;
        let mut answers = vec![Vec::new(); contexts.len()];
        for group in query.groups() {
            for (answer, evaluated) in answers.iter_mut().zip(self.key.evaluate_blindly_in(&contexts, &group)?) {
                answer.push(evaluated);
            }
        }
        let answers: Vec<_> = answers.iter().map(|answer| Some(&answer[..])).collect();
        let keys = query.keys(&self.key.public_key(), &answers)?;
        let of_keyword = |keys: Option<ScopeKeys>| keys.and_then(|mut keys| keys.pop()).ok_or("no key");
        Ok(keys.into_iter().map(of_keyword).collect::<Result<_, _>>()?)
    }

    /// Makes the tokens of keys at hand and searches, for each question by itself.
    fn of_all(&self, questions: &[Question], keys: &[Vec<KeywordKey>]) -> Result<Vec<(u32, u32)>, AnyError> {
        let part = |questions: &[Question], keys: &[Vec<KeywordKey>]| -> Result<Vec<(u32, u32)>, String> {
            let mut hits = Vec::new();
            for (question, keys) in questions.iter().zip(keys) {
                let tokens = tokens_of(question, keys).map_err(|error| error.to_string())?;
                let found = self.search(question, vec![tokens], None);
                hits.extend(found.map_err(|error| error.to_string())?);
            }
            Ok(hits)
        };
        let parts = thread::scope(|scope| {
            let size = questions.len().div_ceil(GROUP_THREADS);
            let parts = questions.chunks(size).zip(keys.chunks(size));
            let threads: Vec<_> = parts
                .map(|(questions, keys)| scope.spawn(move || part(questions, keys)))
                .collect();
            let joined = threads.into_iter().map(|thread| thread.join().expect("no panic"));
            joined.collect::<Result<Vec<_>, _>>()
        })?;
        Ok(parts.concat())
    }
}
