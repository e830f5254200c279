//! The same corpus in an ordinary tantivy index: what sealing costs is measured against it.

use crate::corpus::Corpus;
use aegle_index::limits::{SEGMENTS_TO_MERGE, WRITER_BYTES_PER_THREAD, WRITER_THREADS};
use aegle_sealed::{Expression, Keyword, Query};
use std::{fs, path::Path, sync::Arc};
use tantivy::{
    Index, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term,
    collector::DocSetCollector,
    columnar::ColumnValues,
    merge_policy::LogMergePolicy,
    query::{AllQuery, BooleanQuery, Occur, Query as TantivyQuery, TermQuery, TermSetQuery},
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

/// Writes the corpus as the sealed index does: the same threads, memory, commits and merges.
pub(crate) struct Writer {
    writer: IndexWriter,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    patient: Field,
    cohort: Field,
    keyword: Field,
    batch: Field,
    number: Field,
}

/// The schema with its fields.
struct PlaintextSchema {
    schema: Schema,
    fields: Fields,
}

fn schema() -> PlaintextSchema {
    let raw = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic);
    let mut schema = Schema::builder();
    let fields = Fields {
        patient: schema.add_u64_field("patient", INDEXED),
        cohort: schema.add_u64_field("cohort", INDEXED),
        keyword: schema.add_text_field(
            "keyword",
            TextOptions::default().set_indexing_options(raw.set_fieldnorms(false)),
        ),
        batch: schema.add_u64_field("batch", FAST),
        number: schema.add_u64_field("number", FAST),
    };
    PlaintextSchema {
        schema: schema.build(),
        fields,
    }
}

impl Writer {
    pub(crate) fn create(folder: &Path) -> Result<Self, TantivyError> {
        fs::create_dir_all(folder)?;
        let PlaintextSchema { schema, fields } = schema();
        let index = Index::create_in_dir(folder, schema)?;
        let writer: IndexWriter = index.writer_with_num_threads(WRITER_THREADS, WRITER_BYTES_PER_THREAD)?;
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(SEGMENTS_TO_MERGE);
        writer.set_merge_policy(Box::new(policy));
        Ok(Self { writer, fields })
    }

    pub(crate) fn add_batch(&mut self, corpus: &Corpus, batch: usize) -> Result<(), TantivyError> {
        let fields = self.fields;
        for (number, record) in corpus.batch(batch).into_iter().enumerate() {
            let mut document = TantivyDocument::default();
            document.add_u64(fields.patient, record.patient as u64);
            if record.cohort {
                document.add_u64(fields.cohort, 1);
            }
            for keyword in record.keywords {
                document.add_text(fields.keyword, keyword.to_string());
            }
            document.add_u64(fields.batch, batch as u64);
            document.add_u64(fields.number, number as u64);
            self.writer.add_document(document)?;
        }
        Ok(())
    }

    pub(crate) fn commit(&mut self) -> Result<(), TantivyError> {
        self.writer.commit().map(|_| ())
    }

    /// Merges end.
    pub(crate) fn finish(self) -> Result<(), TantivyError> {
        self.writer.wait_merging_threads()
    }
}

/// Whose records are searched.
pub(crate) enum Whose {
    Patients(Vec<usize>),
    Cohort,
}

pub(crate) struct Plaintext {
    searcher: Searcher,
    fields: Fields,
    columns: Vec<[Arc<dyn ColumnValues<u64>>; 2]>,
}

impl Plaintext {
    pub(crate) fn open(folder: &Path) -> Result<Self, TantivyError> {
        let index = Index::open_in_dir(folder)?;
        let searcher = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?
            .searcher();
        let mut columns = Vec::new();
        for segment in searcher.segment_readers() {
            let column = |name| Ok::<_, TantivyError>(segment.fast_fields().u64(name)?.first_or_default_col(u64::MAX));
            columns.push([column("batch")?, column("number")?]);
        }
        let PlaintextSchema { fields, .. } = schema();
        Ok(Self {
            searcher,
            fields,
            columns,
        })
    }

    /// Returns the records that the query finds, by batch and number, in order.
    pub(crate) fn search(
        &self,
        query: &Query,
        whose: &Whose,
        keywords: &[Keyword],
    ) -> Result<Vec<(u32, u32)>, TantivyError> {
        let one = |field, value| -> Box<dyn TantivyQuery> {
            Box::new(TermQuery::new(
                Term::from_field_u64(field, value),
                IndexRecordOption::Basic,
            ))
        };
        let scope = match whose {
            Whose::Cohort => one(self.fields.cohort, 1),
            Whose::Patients(patients) if patients.len() == 1 => one(self.fields.patient, patients[0] as u64),
            Whose::Patients(patients) => {
                let term = |patient: &usize| Term::from_field_u64(self.fields.patient, *patient as u64);
                Box::new(TermSetQuery::new(patients.iter().map(term)))
            }
        };
        let asked = self.translate(query.expression(), keywords);
        let both = BooleanQuery::new(vec![(Occur::Must, scope), (Occur::Must, asked)]);
        let mut hits: Vec<(u32, u32)> = Vec::new();
        for address in self.searcher.search(&both, &DocSetCollector)? {
            let [batch, number] = &self.columns[address.segment_ord as usize];
            hits.push((
                batch.get_val(address.doc_id) as u32,
                number.get_val(address.doc_id) as u32,
            ));
        }
        hits.sort_unstable();
        Ok(hits)
    }

    fn translate(&self, expression: &Expression, keywords: &[Keyword]) -> Box<dyn TantivyQuery> {
        let all = |occur, parts: &[Expression]| -> Box<dyn TantivyQuery> {
            let clauses = parts
                .iter()
                .map(|part| (occur, self.translate(part, keywords)))
                .collect();
            Box::new(BooleanQuery::new(clauses))
        };
        match expression {
            Expression::Term(term) => {
                let term = Term::from_field_text(self.fields.keyword, &keywords[*term].to_string());
                Box::new(TermQuery::new(term, IndexRecordOption::Basic))
            }
            Expression::And(parts) => all(Occur::Must, parts),
            Expression::Or(parts) => all(Occur::Should, parts),
            Expression::Not(part) => Box::new(BooleanQuery::new(vec![
                (Occur::Must, Box::new(AllQuery) as Box<dyn TantivyQuery>),
                (Occur::MustNot, self.translate(part, keywords)),
            ])),
        }
    }
}
