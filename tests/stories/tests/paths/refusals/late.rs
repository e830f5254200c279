//! A client whose node is ahead of the indexer's.

use super::own_records;
use crate::story::{observation, world_with};
use aegle_client::{
    account::AccountKey,
    chain::{Answer, CallError, Called, Chain, ChainError, Head, Receipt},
    custodian::NewRecord,
    deployment::Aegle,
    indexer::Indexer,
    native::{ChainClient, HttpTransport},
    remote::{Request, Response, Transport, TransportError},
};
use aegle_rules::{AccountId, Hash, Timestamp, ledger::messages::Anchor, message::Message};
use scale::Decode;
use std::{cell::Cell, pin::Pin, sync::Mutex};

#[tokio::test]
async fn a_bundle_waits_until_the_indexer_has_seen_its_anchor() {
    let world = world_with(&[observation("one", "Systolic blood pressure", &[])]).await;
    let mut expected = own_records(&world).await;
    let hospital = world.hospital();
    let on_its_way = Mutex::new(None);
    let ahead = Ahead {
        chain: world.deployment().chain(),
        admin: hospital.admin(),
        on_its_way: &on_its_way,
    };
    let patient_way = PatientWay {
        inner: world.deployment().aegle().indexer.transport(),
        on_its_way: &on_its_way,
        bundles: Cell::new(0),
    };
    let indexer = Indexer::new(
        patient_way,
        world.deployment().contracts(),
        world.deployment().server().account,
    );
    let aegle = Aegle::new(&ahead, world.deployment().contracts(), &indexer);
    let resource = observation("late", "Haemoglobin", &[]);
    let records = [NewRecord {
        patient: &world.people[0].enrolled,
        resource: &resource,
    }];
    let ingested = hospital
        .custodian()
        .ingest(&aegle, hospital.domain(), &records, &mut |_| ())
        .await
        .expect("it waits");
    assert_eq!(aegle.indexer.transport().bundles.get(), 2, "once too early, once more");
    expected.extend(ingested.records);
    assert_eq!(own_records(&world).await, expected);
}

/// An anchor that one node has finalized and the other does not have yet.
type OnItsWay<'a> = Mutex<Option<Pin<Box<dyn Future<Output = ()> + 'a>>>>;

/// The chain as the client's node has it: one block further, with the anchor in it.
struct Ahead<'a, 'm> {
    chain: &'a ChainClient,
    admin: &'a AccountKey,
    on_its_way: &'m OnItsWay<'a>,
}

impl Chain for Ahead<'_, '_> {
    fn genesis(&self) -> Hash {
        self.chain.genesis()
    }

    async fn finalized(&self) -> Result<Head, ChainError> {
        self.chain.finalized().await
    }

    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        self.chain.is_finalized(block).await
    }

    async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError> {
        self.chain.read(at, contract, message).await
    }

    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        let head = self.chain.finalized().await?;
        let run = self
            .chain
            .dry_run(head.hash, signer.account(), contract, message)
            .await?;
        let value = run.output.into_result().map_err(CallError::Refused)?;
        let anchor = Anchor::decode(&mut &message.encode()[..]).expect("an ingestion calls nothing else");
        let (chain, admin) = (self.chain, self.admin);
        *self.on_its_way.lock().unwrap() = Some(Box::pin(async move {
            chain.call(admin, contract, &anchor).await.expect("it is anchored");
        }));
        let receipt = Receipt {
            block: head.number + 1,
            block_hash: head.hash,
            transaction: Hash([0; 32]),
            bytes: 0,
            fee: 0,
            deposit: 0,
            events: Vec::new(),
        };
        Ok((value, receipt))
    }
}

/// The way to the indexer, whose node gets the anchor only when the client waits.
struct PatientWay<'a, 'm> {
    inner: &'a HttpTransport,
    on_its_way: &'m OnItsWay<'a>,
    bundles: Cell<u32>,
}

impl Transport for PatientWay<'_, '_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        if request.path == "/v1/batches" {
            self.bundles.set(self.bundles.get() + 1);
        }
        self.inner.send(request).await
    }

    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    async fn pause(&self, milliseconds: u32) {
        let anchor = self.on_its_way.lock().unwrap().take();
        if let Some(anchor) = anchor {
            anchor.await;
        }
        self.inner.pause(milliseconds).await;
    }
}
