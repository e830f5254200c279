//! The same corpus in an ordinary tantivy index: what sealing costs is measured against it.

use crate::corpus::{BATCH_RECORDS, Corpus};
use aegle_index::limits::{SEGMENTS_TO_MERGE, WRITER_BYTES_PER_THREAD, WRITER_THREADS};
use aegle_sealed::{Expression, Query};
use std::{fs, path::Path, sync::Arc};
use tantivy::{
    Index, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term,
    collector::DocSetCollector,
    columnar::ColumnValues,
    merge_policy::LogMergePolicy,
    query::{AllQuery, BooleanQuery, Occur, Query as TantivyQuery, TermQuery},
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

/// Writes and commits the corpus as the sealed index does: the same threads, memory, commits and merges.
pub(crate) fn write(folder: &Path, corpus: &Corpus) -> Result<(), TantivyError> {
    fs::create_dir_all(folder)?;
    let raw = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic);
    let mut schema = Schema::builder();
    let patient = schema.add_u64_field("patient", INDEXED);
    let keyword = schema.add_text_field(
        "keyword",
        TextOptions::default().set_indexing_options(raw.set_fieldnorms(false)),
    );
    let (batch, number) = (
        schema.add_u64_field("batch", FAST),
        schema.add_u64_field("number", FAST),
    );
    let index = Index::create_in_dir(folder, schema.build())?;
    let mut writer: IndexWriter = index.writer_with_num_threads(WRITER_THREADS, WRITER_BYTES_PER_THREAD)?;
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(SEGMENTS_TO_MERGE);
    writer.set_merge_policy(Box::new(policy));
    for (at, (of_patient, ranks)) in corpus.records().enumerate() {
        let mut document = TantivyDocument::default();
        document.add_u64(patient, of_patient as u64);
        for rank in ranks {
            document.add_text(keyword, text(usize::from(*rank)));
        }
        document.add_u64(batch, (at / BATCH_RECORDS) as u64);
        document.add_u64(number, (at % BATCH_RECORDS) as u64);
        writer.add_document(document)?;
        if (at + 1) % (10 * BATCH_RECORDS) == 0 {
            writer.commit()?;
        }
    }
    writer.wait_merging_threads()
}

fn text(rank: usize) -> String {
    crate::corpus::keyword(rank).to_string()
}

pub(crate) struct Plaintext {
    searcher: Searcher,
    patient: Field,
    keyword: Field,
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
        let (patient, keyword) = (
            index.schema().get_field("patient")?,
            index.schema().get_field("keyword")?,
        );
        let mut columns = Vec::new();
        for segment in searcher.segment_readers() {
            let column = |name| Ok::<_, TantivyError>(segment.fast_fields().u64(name)?.first_or_default_col(u64::MAX));
            columns.push([column("batch")?, column("number")?]);
        }
        Ok(Self {
            searcher,
            patient,
            keyword,
            columns,
        })
    }

    /// The records of one patient that the query finds, by batch and number, in order.
    pub(crate) fn search(
        &self,
        query: &Query,
        patient: usize,
        keywords: &[usize],
    ) -> Result<Vec<(u32, u32)>, TantivyError> {
        let of_patient = TermQuery::new(
            Term::from_field_u64(self.patient, patient as u64),
            IndexRecordOption::Basic,
        );
        let asked = self.translate(query.expression(), keywords);
        let both = BooleanQuery::new(vec![(Occur::Must, Box::new(of_patient)), (Occur::Must, asked)]);
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

    fn translate(&self, expression: &Expression, keywords: &[usize]) -> Box<dyn TantivyQuery> {
        let all = |occur, parts: &[Expression]| -> Box<dyn TantivyQuery> {
            let clauses = parts
                .iter()
                .map(|part| (occur, self.translate(part, keywords)))
                .collect();
            Box::new(BooleanQuery::new(clauses))
        };
        match expression {
            Expression::Term(term) => {
                let term = Term::from_field_text(self.keyword, &text(keywords[*term]));
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
