//! The same records without any secrecy: Postgres JSONB and an ordinary tantivy index, as durable as Aegle's.

use crate::sizes::{self, Sizes};
use aegle_stories::examples::Chart;
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tantivy::{
    Index, IndexWriter, TantivyDocument,
    schema::{FAST, INDEXED, STRING, Schema},
};
use tokio_postgres::{Client, NoTls, types::Json};

/// Memory of the writer, as Aegle's index has it at least.
const WRITER_BYTES: usize = 64 << 20;

/// The comparison, set up.
pub(crate) struct Plaintext {
    database: Client,
    index: Index,
    writer: IndexWriter,
}

impl Plaintext {
    /// Makes a table in the same Postgres cluster that the indexer uses, and an index on the same disk.
    pub(crate) async fn set_up(data: &Path, folder: &Path) -> Result<Self> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(data.join("socket")).user("aegle").dbname("aegle");
        let (database, connection) = config
            .connect(NoTls)
            .await
            .context("the private database does not answer")?;
        tokio::spawn(connection);
        database
            .batch_execute("create schema plaintext; create table plaintext.records (id bigserial primary key, patient text not null, resource jsonb not null)")
            .await?;
        let mut schema = Schema::builder();
        schema.add_u64_field("id", INDEXED | FAST);
        schema.add_text_field("keyword", STRING);
        let index = Index::create_in_dir(folder, schema.build())?;
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        Ok(Self {
            database,
            index,
            writer,
        })
    }

    /// Takes the records in as one batch, each as often as there are copies: one transaction, one commit. The time until
    /// both are durable.
    pub(crate) async fn ingest(&mut self, charts: &[Chart], copies: usize) -> Result<Duration> {
        let charts: Vec<&Chart> = std::iter::repeat_n(charts, copies).flatten().collect();
        let began = Instant::now();
        let count = charts.iter().map(|chart| chart.resources.len()).sum();
        let mut patients: Vec<&str> = Vec::with_capacity(count);
        let mut resources: Vec<Json<Value>> = Vec::with_capacity(count);
        for chart in &charts {
            patients.extend(chart.resources.iter().map(|_| chart.patient.as_str()));
            for resource in &chart.resources {
                resources.push(Json(serde_json::from_str(resource.text())?));
            }
        }
        let insert = "insert into plaintext.records (patient, resource) select * from unnest($1::text[], $2::jsonb[]) returning id";
        let rows = self.database.query(insert, &[&patients, &resources]).await?;
        let schema = self.index.schema();
        let (id, keyword) = (schema.get_field("id")?, schema.get_field("keyword")?);
        for (row, resource) in rows.iter().zip(charts.iter().flat_map(|chart| &chart.resources)) {
            let mut document = TantivyDocument::default();
            document.add_u64(id, row.get::<_, i64>(0).try_into()?);
            for found in resource.keywords().keywords {
                document.add_text(keyword, found.to_string());
            }
            self.writer.add_document(document)?;
        }
        self.writer.commit()?;
        Ok(began.elapsed())
    }

    /// Bytes on disk, by what they are for.
    pub(crate) async fn sizes(&self, folder: &Path) -> Result<Sizes> {
        let table = sizes::tables(&self.database, "plaintext").await?;
        Ok(Sizes::from([("tables", table), ("index", sizes::folder(folder)?)]))
    }
}
