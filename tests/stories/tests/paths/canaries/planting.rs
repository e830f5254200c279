//! Planting words where they must be found: a search that finds nothing has to show that it could.

use super::places::{Search, connect};
use aegle_client::chain::Chain;
use aegle_rules::{EncryptionKey, Hash, consortium::messages::SetKey};
use aegle_stories::deployment::Deployment;
use anyhow::{Context, Result};
use std::{fs, path::Path};
use tantivy::{Index, TantivyDocument};

/// Bytes of filler around a word, so that Postgres compresses the value.
const FILLER_BYTES: usize = 64 * 1024;

/// A planted word, and a part of the name of the place where it must be found.
pub(super) struct Plant {
    pub(super) word: String,
    pub(super) place: &'static str,
}

/// Plants a word of its own in a file, in a row, in a row that Postgres compresses, on the chain and in the logs.
pub(super) async fn plant<'a>(deployment: &Deployment, mut words: impl Iterator<Item = &'a str>) -> Result<Vec<Plant>> {
    let mut next = || words.next().map(str::to_owned).context("there are enough canaries");
    let mut plants = Vec::new();

    let word = next()?;
    fs::write(
        deployment.data().join("vault").join("planted"),
        format!("..{}..", word.to_uppercase()),
    )?;
    plants.push(Plant {
        word,
        place: "vault/planted",
    });

    let database = connect(deployment.data()).await?;
    // What is planted passes the fence, which keeps all but one indexer from writing.
    database.batch_execute("set session_replication_role = replica").await?;
    let insert = "insert into key_bundles (account, hash, bundle) values ($1, $1, $2)";
    let word = next()?;
    database
        .execute(insert, &[&[1_u8; 32].as_slice(), &word.as_bytes()])
        .await?;
    // The same word is in a table's row and, after the checkpoint, in a file of the database.
    plants.push(Plant {
        word: word.clone(),
        place: "key_bundles",
    });
    plants.push(Plant {
        word,
        place: "postgres/base",
    });
    let word = next()?;
    let long = [
        vec![b'x'; FILLER_BYTES],
        word.clone().into_bytes(),
        vec![b'x'; FILLER_BYTES],
    ]
    .concat();
    database.execute(insert, &[&[2_u8; 32].as_slice(), &long]).await?;
    plants.push(Plant {
        word,
        place: "key_bundles",
    });

    let word = next()?;
    let mut bundle = [b'.'; 32];
    bundle[..word.len()].copy_from_slice(word.as_bytes());
    let message = SetKey {
        account: deployment.committee().account(),
        key: EncryptionKey([1; 32]),
        bundle: Hash(bundle),
    };
    let contract = deployment.contracts().consortium;
    let (_, receipt) = deployment
        .chain()
        .call(deployment.committee(), contract, &message)
        .await?;
    deployment.indexed(&receipt).await?;
    for place in [
        "a contract's storage",
        "a transaction",
        "a block's events",
        "public.events",
    ] {
        plants.push(Plant {
            word: word.clone(),
            place,
        });
    }

    let word = next()?;
    let said = word.clone();
    tokio::spawn(async move { tracing::info!(target: "aegle_indexer", said) }).await?;
    plants.push(Plant {
        word,
        place: "the logs",
    });
    Ok(plants)
}

/// Plants a word as a number in a column of a copy of the index, and looks through the copy.
pub(super) fn plant_in_index<'a>(
    deployment: &Deployment,
    words: impl Iterator<Item = &'a str>,
    search: &mut Search<'_>,
) -> Result<Plant> {
    const WRITER_BYTES: usize = 15 << 20;
    let short = words.filter(|word| word.len() <= size_of::<u64>());
    let word = short.last().map(str::to_owned).context("there are enough canaries")?;
    let mut number = [b'.'; size_of::<u64>()];
    number[..word.len()].copy_from_slice(word.as_bytes());
    let copy = tempfile::tempdir()?;
    copy_files(&deployment.data().join("index"), copy.path())?;
    let index = Index::open_in_dir(copy.path())?;
    let head = index.schema().get_field("head")?;
    let mut document = TantivyDocument::default();
    document.add_u64(head, u64::from_be_bytes(number));
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, WRITER_BYTES)?;
    writer.add_document(document)?;
    writer.commit()?;
    search.index(copy.path())?;
    Ok(Plant {
        word,
        place: "index column head",
    })
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
