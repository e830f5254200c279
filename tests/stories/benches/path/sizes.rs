//! What is on disk.

use aegle_stories::deployment::Deployment;
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fs, path::Path};
use tokio_postgres::{Client, NoTls};

/// Bytes, by what they are for.
pub(crate) type Sizes = BTreeMap<&'static str, u64>;

/// Everything that the indexer stores: sealed records, what Postgres has, and the index of labels.
pub(crate) async fn sealed(deployment: &Deployment) -> Result<Sizes> {
    let data = deployment.data();
    let mut config = tokio_postgres::Config::new();
    config.host_path(data.join("socket")).user("aegle").dbname("aegle");
    let (database, connection) = config.connect(NoTls).await.context("the database does not answer")?;
    tokio::spawn(connection);
    let of = async |name: &str| -> Result<u64> {
        let row = database
            .query_one(
                "select pg_total_relation_size($1::text::regclass)",
                &[&format!("public.{name}")],
            )
            .await?;
        Ok(row.get::<_, i64>(0).try_into()?)
    };
    let all = tables(&database, "public").await?;
    let (labels, records) = (of("label_sets").await?, of("records").await?);
    Ok(Sizes::from([
        ("sealed_records", folder(&data.join("vault"))?),
        ("tables_labels", labels),
        ("tables_records", records),
        ("tables_others", all - labels - records),
        ("index", folder(&data.join("index"))?),
    ]))
}

/// The tables of a schema with their indexes, after what is dead in them was taken out.
pub(crate) async fn tables(database: &Client, schema: &str) -> Result<u64> {
    let query = "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r'";
    let mut bytes = 0;
    for row in database.query(query, &[&schema]).await? {
        let table = format!("{schema}.{}", row.get::<_, String>(0));
        database.batch_execute(&format!("vacuum full {table}")).await?;
        let size = database
            .query_one("select pg_total_relation_size($1::text::regclass)", &[&table])
            .await?;
        bytes += u64::try_from(size.get::<_, i64>(0))?;
    }
    Ok(bytes)
}

/// The files below a folder, to the byte.
pub(crate) fn folder(path: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => folder(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}
