//! Every place where plaintext could have been left: files, rows, the index's terms, the chain, and the logs.

use super::{
    logs::Logs,
    words::{Finder, Found},
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{fs, path::Path};
use subxt::rpcs::{RpcClient, rpc_params};
use tantivy::{Index, TantivyDocument};
use tokio_postgres::NoTls;

/// Keys in one page of `state_getKeysPaged`.
const PAGE_KEYS: u32 = 512;
/// Blocks whose state every node still has.
const KEPT_STATES: u32 = 250;
/// Prefix of the keys under which the roots of child tries lie.
const CHILD_TRIES: &str = "0x3a6368696c645f73746f726167653a"; // ":child_storage:"
/// Storage key of `System.Events`: twox-128 of both names.
const EVENTS: &str = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";

/// Looks through places, and keeps what it finds.
pub(super) struct Search<'a> {
    finder: &'a Finder,
    /// What was found.
    pub(super) found: Found,
    /// How many bytes were looked at.
    pub(super) bytes: u64,
}

impl<'a> Search<'a> {
    pub(super) fn new(finder: &'a Finder) -> Self {
        Self {
            finder,
            found: Found::new(),
            bytes: 0,
        }
    }

    fn look(&mut self, place: &str, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        for canary in self.finder.find(bytes) {
            self.found.entry(canary.into()).or_default().insert(place.into());
        }
    }

    /// The bytes and the name of every file in a folder, deep. Files that vanish meanwhile are passed over.
    pub(super) fn files(&mut self, folder: &Path) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            self.look("a file's name", path.as_os_str().as_encoded_bytes());
            if kind.is_dir() {
                self.files(&path)?;
            } else if kind.is_file() {
                self.look(&path.display().to_string(), &fs::read(&path)?);
            }
        }
        Ok(())
    }

    /// Every row of every table as text: what Postgres has compressed in its files is plain here. Everything that was
    /// written is in its files afterwards.
    pub(super) async fn rows(&mut self, data: &Path) -> Result<()> {
        let client = connect(data).await?;
        client.batch_execute("checkpoint").await?;
        let tables = client.query("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')", &[]).await?;
        ensure!(tables.len() > 10, "the database has only {} tables", tables.len());
        for table in tables {
            let table: String = table.get(0);
            for row in client.query(&format!("select t::text from {table} t"), &[]).await? {
                self.look(&format!("table {table}"), row.get::<_, &str>(0).as_bytes());
            }
        }
        Ok(())
    }

    /// Every term, every column and every stored document of the index: its dictionaries spread a term's bytes over their
    /// nodes, and its columns pack their numbers.
    pub(super) fn index(&mut self, folder: &Path) -> Result<()> {
        let index = Index::open_in_dir(folder).with_context(|| format!("no index in {}", folder.display()))?;
        let schema = index.schema();
        let searcher = index.reader()?.searcher();
        for segment in searcher.segment_readers() {
            for (field, entry) in schema.fields().filter(|(_, entry)| entry.is_indexed()) {
                let inverted = segment.inverted_index(field)?;
                let mut terms = inverted.terms().stream()?;
                while terms.advance() {
                    self.look(&format!("index field {}", entry.name()), terms.key());
                }
            }
            let columns = schema.fields().filter(|(_, entry)| entry.is_fast());
            let columns: Vec<&str> = columns.map(|(_, entry)| entry.name()).collect();
            ensure!(columns.len() > 3, "the index has only the columns {columns:?}");
            for name in columns {
                let column = segment.fast_fields().u64(name)?;
                for number in column.values.iter() {
                    self.look(&format!("index column {name}"), &number.to_be_bytes());
                }
            }
            let store = segment.get_store_reader(1)?;
            for document in store.iter::<TantivyDocument>(segment.alive_bitset()) {
                self.look("a document of the index", format!("{:?}", document?).as_bytes());
            }
        }
        Ok(())
    }

    /// The whole state of the chain, contracts' storage included, and the bytes and events of the blocks from `first`.
    pub(super) async fn chain(&mut self, url: &str, first: u32) -> Result<()> {
        let rpc = RpcClient::from_insecure_url(url).await?;
        for key in pages(&rpc, None).await? {
            self.hexadecimal("a key of the chain's state", &key)?;
            let value: Option<String> = rpc.request("state_getStorage", rpc_params![key.as_str()]).await?;
            self.hexadecimal("the chain's state", value.as_deref().unwrap_or_default())?;
            if key.starts_with(CHILD_TRIES) {
                self.child(&rpc, &key).await?;
            }
        }
        let head: Value = rpc.request("chain_getHeader", rpc_params![]).await?;
        let number = head["number"].as_str().context("a header has a number")?;
        let last = u32::from_str_radix(number.trim_start_matches("0x"), 16)?;
        // The first block of all has no events.
        for number in first.max(1)..=last {
            let hash: String = rpc.request("chain_getBlockHash", rpc_params![number]).await?;
            let block: Value = rpc.request("chain_getBlock", rpc_params![hash.as_str()]).await?;
            let extrinsics = block["block"]["extrinsics"]
                .as_array()
                .context("a block has extrinsics")?;
            for extrinsic in extrinsics.iter().filter_map(Value::as_str) {
                self.hexadecimal("a transaction", extrinsic)?;
            }
            let events: Result<Option<String>, _> = rpc
                .request("state_getStorage", rpc_params![EVENTS, hash.as_str()])
                .await;
            match events {
                Ok(Some(events)) => self.hexadecimal("a block's events", &events)?,
                Ok(None) => bail!("block {number} has no events"),
                // A node forgets the state of old blocks, and their events with it.
                Err(error) => ensure!(number + KEPT_STATES < last, "no events of block {number}: {error}"),
            }
        }
        Ok(())
    }

    async fn child(&mut self, rpc: &RpcClient, trie: &str) -> Result<()> {
        for key in pages(rpc, Some(trie)).await? {
            self.hexadecimal("a key of a contract's storage", &key)?;
            let value: Option<String> = rpc
                .request("childstate_getStorage", rpc_params![trie, key.as_str()])
                .await?;
            self.hexadecimal("a contract's storage", &value.unwrap_or_default())?;
        }
        Ok(())
    }

    fn hexadecimal(&mut self, place: &str, text: &str) -> Result<()> {
        self.look(place, &hex::decode(text.trim_start_matches("0x"))?);
        Ok(())
    }

    /// Everything that was logged.
    pub(super) fn logs(&mut self, logs: &Logs) {
        for line in logs.bytes().split(|byte| *byte == b'\n') {
            self.look(&format!("the logs: {}", String::from_utf8_lossy(line)), line);
        }
    }
}

/// All keys of the state, or of a child trie.
async fn pages(rpc: &RpcClient, child: Option<&str>) -> Result<Vec<String>> {
    let mut keys: Vec<String> = Vec::new();
    loop {
        let after = keys.last().cloned();
        let page: Vec<String> = match child {
            None => {
                rpc.request("state_getKeysPaged", rpc_params!["0x", PAGE_KEYS, after])
                    .await?
            }
            Some(trie) => {
                rpc.request("childstate_getKeysPaged", rpc_params![trie, "0x", PAGE_KEYS, after])
                    .await?
            }
        };
        let last = page.len() < PAGE_KEYS as usize;
        keys.extend(page);
        if last {
            return Ok(keys);
        }
    }
}

/// A connection to the private database in a data folder.
pub(super) async fn connect(data: &Path) -> Result<tokio_postgres::Client> {
    let mut config = tokio_postgres::Config::new();
    config.host_path(data.join("socket")).user("aegle").dbname("aegle");
    let (client, connection) = config
        .connect(NoTls)
        .await
        .context("the private database does not answer")?;
    // It ends with the client.
    tokio::spawn(connection);
    Ok(client)
}
