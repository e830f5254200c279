//! Where everything is: keys, addresses, chain and indexer.

use crate::{
    bundles::{self, NamedServer},
    output::Output,
};
use aegle_client::{
    account::AccountKey,
    address,
    chain::{Chain, Contracts, Head},
    clinician::reader::Reader,
    crypto::master::MasterSecret,
    custodian::Custodian,
    deployment::Aegle,
    history::History,
    keys::DomainKey,
    keystore::{Holder, KeyStore, KeyStoreError, SecretKind},
    native::{AddressBook, ChainClient, HttpTransport, IndexerClient, KeyFiles, ServerAddress, TokenServiceClient},
    patient::Patient,
    protocol::{keys::EncryptionSecret, wire::SignedInvitation},
    rules::AccountId,
};
use anyhow::{Context as _, Result};
use clap::Args;
use std::{collections::BTreeSet, path::PathBuf};

/// Where a node of one's own listens.
const DEFAULT_CHAIN_URL: &str = "ws://127.0.0.1:9944";
/// The indexer of what asks none: nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Arguments of every command.
#[derive(Args)]
pub(crate) struct Place {
    /// Results as JSON, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Folder for keys and the address book; $XDG_DATA_HOME/aegle without it
    #[arg(long, global = true, env = "AEGLE_HOME")]
    home: Option<PathBuf>,
    /// WebSocket address of a contracts node that you trust; ws://127.0.0.1:9944 without it
    #[arg(long, global = true, env = "AEGLE_CHAIN_URL")]
    pub(crate) chain_url: Option<String>,
    /// Address of the indexer, which the address book or --server knows: https://HOST, or http:// on this machine
    #[arg(
        long,
        global = true,
        env = "AEGLE_INDEXER_URL",
        default_value = "http://127.0.0.1:8087"
    )]
    indexer_url: String,
    /// The account of a server that the address book does not know, `=`, and its address; may be given more than once
    #[arg(
        long = "server",
        global = true,
        value_name = "ACCOUNT=URL",
        env = "AEGLE_SERVERS",
        value_delimiter = ','
    )]
    servers: Vec<NamedServer>,
    /// PEM file with the certificates of the authorities that vouch for the servers of this command, instead of the
    /// system's
    #[arg(long, global = true, value_name = "FILE", env = "AEGLE_CA")]
    ca: Option<PathBuf>,
    /// The address book; addresses.json in the home folder without it
    #[arg(long, global = true, env = "AEGLE_ADDRESSES")]
    addresses: Option<PathBuf>,
    /// Whose keys to use, by the name given to `aegle keys new`
    #[arg(long = "as", global = true, env = "AEGLE_AS", default_value = "me")]
    holder: Holder,
    /// The patient whose account your key controls, since guardians replaced its own key; in hexadecimal or SS58
    #[arg(long = "for", global = true, value_name = "PATIENT", env = "AEGLE_FOR", value_parser = address::parse)]
    acts_for: Option<AccountId>,
    /// Let the indexer submit and pay for what you do as a patient, a guardian, or with a recovery key: your account needs no
    /// tokens. Only where the indexer relays (`aegle status` says so)
    #[arg(long, global = true)]
    relayed: bool,
    /// Use a development chain's public key of this name (Alice, Bob ...) as the account
    #[arg(long, global = true, value_name = "NAME")]
    development: Option<String>,
}

/// What commands work with.
pub(crate) struct Context {
    place: Place,
    /// Where results go.
    pub(crate) output: Output,
}

/// Connections to chain and indexer.
pub(crate) struct Connected {
    chain: ChainClient,
    indexer: IndexerClient,
    proxies: Vec<IndexerClient>,
    contracts: Contracts,
}

impl Connected {
    /// Returns the connections as the client library wants them.
    pub(crate) fn aegle(&self) -> Aegle<'_, ChainClient, HttpTransport> {
        Aegle::new(&self.chain, &self.contracts, &self.indexer).with_proxies(&self.proxies)
    }

    /// Returns the same connections, where the indexer that pays is shown an invitation.
    pub(crate) fn invited(self, invitation: SignedInvitation) -> Self {
        Self {
            chain: self.chain.invited(invitation),
            ..self
        }
    }
}

impl Context {
    /// Builds the context of a run.
    pub(crate) fn new(place: Place, output: Output) -> Self {
        Self { place, output }
    }

    /// Returns the name of the holder whose keys are used.
    pub(crate) fn holder(&self) -> &Holder {
        &self.place.holder
    }

    /// Returns the folder for keys and the address book.
    pub(crate) fn home(&self) -> Result<PathBuf> {
        if let Some(home) = &self.place.home {
            return Ok(home.clone());
        }
        let local = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(local);
        Ok(data
            .context("neither AEGLE_HOME, XDG_DATA_HOME nor HOME is set")?
            .join("aegle"))
    }

    /// Returns the file of the address book.
    pub(crate) fn addresses(&self) -> Result<PathBuf> {
        match &self.place.addresses {
            Some(path) => Ok(path.clone()),
            None => Ok(self.home()?.join("addresses.json")),
        }
    }

    /// Opens the key store.
    pub(crate) fn keys(&self) -> Result<KeyFiles> {
        Ok(KeyFiles::open(&self.home()?.join("keys"))?)
    }

    /// Reads the contracts of the address book.
    pub(crate) fn contracts(&self) -> Result<Contracts> {
        Ok(self.address_book()?.contracts)
    }

    /// Reads the address book.
    pub(crate) fn address_book(&self) -> Result<AddressBook> {
        Ok(AddressBook::read(&self.addresses()?)?)
    }

    /// Returns a server at an address, with the account that is known for it.
    pub(crate) fn server(&self, url: &str) -> Result<ServerAddress> {
        bundles::server(&self.address_book()?, url, &self.place.servers, self.place.ca.as_ref())
    }

    /// Returns a custodian's token service at an address.
    pub(crate) fn token_service(&self, url: &str) -> Result<TokenServiceClient> {
        Ok(TokenServiceClient::at(&self.server(url)?, &self.contracts()?)?)
    }

    /// Returns the file of authorities that is given, if one is.
    pub(crate) fn authorities(&self) -> Option<&PathBuf> {
        self.place.ca.as_ref()
    }

    /// Connects to the chain of the address book.
    pub(crate) async fn contracts_chain(&self) -> Result<(ChainClient, Contracts)> {
        let book = self.address_book()?;
        let chain = book.chain(self.chain_url()).await?;
        let chain = match self.place.relayed {
            true => {
                let relayer = self.server(&self.place.indexer_url)?;
                chain.relayed_by(IndexerClient::at(&relayer, &book.contracts)?, &book.contracts)
            }
            false => chain,
        };
        Ok((chain, book.contracts))
    }

    /// Connects to the chain, for what asks no contract: nobody relays that.
    pub(crate) async fn chain(&self) -> Result<ChainClient> {
        anyhow::ensure!(
            !self.place.relayed,
            "this is not relayed: do it without --relayed, from an account that has tokens"
        );
        Ok(ChainClient::connect(self.chain_url()).await?)
    }

    /// Connects to chain and indexer. The indexer is not asked for anything yet.
    pub(crate) async fn connect(&self) -> Result<Connected> {
        // An indexer that cannot be asked is said before anybody is connected to.
        let indexer = self.server(&self.place.indexer_url)?;
        let proxies = self.other_servers(&indexer)?;
        self.connect_with(indexer, proxies).await
    }

    /// Connects to the chain, for what asks no indexer: none needs to be known.
    pub(crate) async fn connect_to_chain(&self) -> Result<Connected> {
        let nobody = ServerAddress::new(NOWHERE, AccountId([0; 32]));
        self.connect_with(nobody, Vec::new()).await
    }

    async fn connect_with(&self, indexer: ServerAddress, proxies: Vec<IndexerClient>) -> Result<Connected> {
        let indexer = IndexerClient::at(&indexer, &self.contracts()?)?;
        let (chain, contracts) = self.contracts_chain().await?;
        Ok(Connected {
            chain,
            indexer,
            proxies,
            contracts,
        })
    }

    /// Returns the servers that are known besides the indexer: those that run registered proxies are asked for their parts.
    fn other_servers(&self, indexer: &ServerAddress) -> Result<Vec<IndexerClient>> {
        let book = self.address_book()?;
        let named = self.place.servers.iter().map(|server| &server.url);
        let urls: BTreeSet<&String> = book.servers.keys().chain(named).collect();
        let mut servers = Vec::new();
        for url in urls {
            let server = bundles::server(&book, url, &self.place.servers, self.place.ca.as_ref())?;
            if server.account != indexer.account {
                servers.push(IndexerClient::proxy_at(&server, &book.contracts)?);
            }
        }
        Ok(servers)
    }

    /// Reads what the contracts have told, from the first block of the address book or a later one on, up to the finalized
    /// head, which is returned too.
    pub(crate) async fn history(&self, connected: &Connected, from_block: Option<u32>) -> Result<(History, Head)> {
        let after = self.address_book()?.first_block;
        let after = from_block.map_or(after, |block| block.saturating_sub(1).max(after));
        let head = connected.chain.finalized().await?;
        let blocks = u64::from(head.number.saturating_sub(after));
        let mut progress = self.output.progress("reading the contracts' events", blocks);
        let mut advance = |blocks| progress.advance(blocks);
        let history = connected
            .chain
            .history(&connected.contracts, after, &head, &mut advance);
        Ok((history.await?, head))
    }

    /// Returns whether the holder acts for a patient whose account their key controls, and not for their own.
    pub(crate) fn acts_for_another(&self) -> bool {
        self.place.acts_for.is_some()
    }

    /// Returns whether the indexer is to submit and pay.
    pub(crate) fn is_relayed(&self) -> bool {
        self.place.relayed
    }

    /// Returns the address of the indexer.
    pub(crate) fn indexer_url(&self) -> &str {
        &self.place.indexer_url
    }

    /// Returns the address of the chain's node.
    pub(crate) fn chain_url(&self) -> &str {
        self.place.chain_url.as_deref().unwrap_or(DEFAULT_CHAIN_URL)
    }

    /// Returns the account's key, which signs.
    pub(crate) fn account(&self) -> Result<AccountKey> {
        match &self.place.development {
            Some(name) => Ok(AccountKey::development(name)),
            None => Ok(AccountKey::from_seed(&*self.secret(SecretKind::Account)?)),
        }
    }

    /// Returns the encryption key to which others seal. A patient's follows from the master secret.
    pub(crate) fn encryption(&self) -> Result<EncryptionSecret> {
        match self.keys()?.get(self.holder(), SecretKind::Master) {
            Ok(master) => Ok(MasterSecret::from_bytes(master).encryption_secret(&self.contracts()?.genesis)),
            Err(KeyStoreError::Missing { .. }) => Ok(EncryptionSecret::from_seed(self.secret(SecretKind::Encryption)?)),
            Err(error) => Err(error.into()),
        }
    }

    /// Builds the holder as a patient.
    pub(crate) fn patient(&self) -> Result<Patient> {
        self.patient_with(MasterSecret::from_bytes(self.secret(SecretKind::Master)?))
    }

    /// Builds the holder as a patient; `None` for one who has no master secret.
    pub(crate) fn patient_if_any(&self) -> Result<Option<Patient>> {
        match self.keys()?.get(self.holder(), SecretKind::Master) {
            Ok(master) => Ok(Some(self.patient_with(MasterSecret::from_bytes(master))?)),
            Err(KeyStoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the account as whom the holder acts: their own, or that of the patient whose account their key controls.
    pub(crate) fn own_account(&self) -> Result<AccountId> {
        match self.place.acts_for {
            Some(patient) => Ok(patient),
            None => Ok(self.account()?.account()),
        }
    }

    /// Builds a patient of whom the holder has the master secret: themselves, or the one whose account their key controls.
    fn patient_with(&self, master: MasterSecret) -> Result<Patient> {
        Ok(Patient::controlled(self.own_account()?, self.account()?, master))
    }

    /// Builds the holder as a reader of others' records.
    pub(crate) fn reader(&self) -> Result<Reader> {
        Ok(Reader::new(self.account()?, self.encryption()?))
    }

    /// Builds the holder as a custodian, with the domain keys of all epochs.
    pub(crate) fn custodian(&self) -> Result<Custodian> {
        let domain_key = DomainKey::from_seed(&*self.secret(SecretKind::Domain)?);
        let mut custodian = Custodian::new(self.account()?, self.encryption()?, domain_key);
        for epoch in 1..=u16::MAX {
            match self.keys()?.get(&self.holder().at_epoch(epoch)?, SecretKind::Domain) {
                Ok(seed) => custodian = custodian.with_domain_key(DomainKey::from_seed(&seed)),
                Err(KeyStoreError::Missing { .. }) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(custodian)
    }

    fn secret(&self, kind: SecretKind) -> Result<zeroize::Zeroizing<[u8; 32]>> {
        self.keys()?.get(self.holder(), kind).with_context(|| {
            format!(
                "run `aegle keys new --as {}` first, or choose another name with --as",
                self.holder()
            )
        })
    }
}
