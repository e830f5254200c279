//! The ledger's rows.

use super::Costs;
use crate::{
    deployment::{ADMIN, HOSPITAL, STRANGER, account},
    ledger::{anchor, register},
};
use aegle_rules::{
    BatchNumber, DomainId, ErasureId, Hash, OprfKey, Roles, Timestamp,
    ledger::{Correction, ErasureReason, MAX_BATCH_RECORDS, RecordPosition, Servers, messages as ledger},
};

pub(super) async fn of_the_ledger(costs: &mut Costs<'_>) {
    let contract = costs.deployment.ledger;
    let domain = DomainId(1);
    costs
        .sent("`ledger.register_domain`", ADMIN, contract, &register())
        .await;
    costs
        .sent("`ledger.anchor`, the first batch", ADMIN, contract, &anchor(0))
        .await;
    let one = ledger::Anchor {
        records: 1,
        ..anchor(1)
    };
    costs.of("`ledger.anchor`, 1 record", ADMIN, contract, &one).await;
    let most = ledger::Anchor {
        records: MAX_BATCH_RECORDS,
        ..anchor(1)
    };
    costs
        .sent("`ledger.anchor`, 65,536 records", ADMIN, contract, &most)
        .await;
    for number in 2..4 {
        costs.deployment.send(ADMIN, contract, &anchor(number)).await;
    }
    let key = OprfKey([9; 32]);
    costs
        .sent(
            "`ledger.rotate_key`",
            ADMIN,
            contract,
            &ledger::RotateKey { domain, key },
        )
        .await;
    let (batch, index_commitment) = (BatchNumber(0), Hash([4; 32]));
    let relabel = ledger::Relabel {
        domain,
        batch,
        version: 1,
        index_commitment,
    };
    costs.sent("`ledger.relabel`", ADMIN, contract, &relabel).await;
    let compact = ledger::Compact {
        domain,
        first: batch,
        span_log2: 2,
        version: 0,
        index_commitment,
    };
    costs
        .sent("`ledger.compact`, 4 batches", ADMIN, contract, &compact)
        .await;
    of_erasure(costs, domain).await;
    let supersede = |count: u32| {
        let correction = |index| Correction {
            index,
            by: RecordPosition {
                batch: BatchNumber(1),
                index,
            },
        };
        ledger::Supersede {
            domain,
            batch,
            corrections: (100..100 + count).map(correction).collect(),
        }
    };
    costs
        .of("`ledger.supersede`, 1 record", ADMIN, contract, &supersede(1))
        .await;
    costs
        .sent("`ledger.supersede`, 64 records", ADMIN, contract, &supersede(64))
        .await;
    let set_servers = ledger::SetServers {
        domain,
        servers: Servers {
            indexer: Some(account("Indexer")),
            token_service: Some(account(ADMIN)),
            proxies: vec![account("Proxy")],
        },
    };
    costs.sent("`ledger.set_servers`", ADMIN, contract, &set_servers).await;
    let disclosures = ledger::AnchorDisclosures {
        domain,
        expected: 0,
        root: Hash([5; 32]),
        count: 1_000,
    };
    costs
        .sent("`ledger.anchor_disclosures`", ADMIN, contract, &disclosures)
        .await;
    let verify = ledger::VerifyRecord {
        domain,
        batch: BatchNumber(1),
        index: 0,
        leaf: Hash([6; 32]),
        path: vec![Hash([7; 32]); 16],
    };
    costs
        .of("`ledger.verify_record`, 65,536 records", STRANGER, contract, &verify)
        .await;
    costs
        .of(
            "`ledger.domain`, 4 batches",
            STRANGER,
            contract,
            &ledger::Domain { id: domain },
        )
        .await;
}

async fn of_erasure(costs: &mut Costs<'_>, domain: DomainId) {
    const SECOND_ADMIN: &str = "Second admin";
    let deployment = costs.deployment;
    let contract = deployment.ledger;
    deployment.fund(SECOND_ADMIN).await;
    deployment
        .set_role(SECOND_ADMIN, Roles::ORGANISATION_ADMIN, HOSPITAL, Timestamp::MAX)
        .await;
    let request = |batch, records| ledger::RequestErasure {
        domain,
        batch: BatchNumber(batch),
        records,
        reason: ErasureReason::PatientRequest,
    };
    costs
        .sent(
            "`ledger.request_erasure`, 1 record",
            ADMIN,
            contract,
            &request(0, vec![7]),
        )
        .await;
    costs
        .of(
            "`ledger.request_erasure`, a second one of the same thousand",
            ADMIN,
            contract,
            &request(0, vec![8]),
        )
        .await;
    // Each thousand of the largest batch has some of them.
    let spread: Vec<u16> = (0..1_024).map(|number| number * 64).collect();
    costs
        .sent(
            "`ledger.request_erasure`, 1,024 records, at worst",
            ADMIN,
            contract,
            &request(1, spread),
        )
        .await;
    let (first, large) = (ErasureId(1), ErasureId(2));
    let second = |erasure| ledger::SecondErasure { domain, erasure };
    costs
        .sent(
            "`ledger.second_erasure`, 1 record",
            SECOND_ADMIN,
            contract,
            &second(first),
        )
        .await;
    costs
        .of(
            "`ledger.second_erasure`, 1,024 records",
            SECOND_ADMIN,
            contract,
            &second(large),
        )
        .await;
    let fate = ledger::Fate {
        domain,
        batch: BatchNumber(0),
        index: 7,
    };
    costs
        .of("`ledger.fate`, of an erasure", STRANGER, contract, &fate)
        .await;
    let cancel = |erasure| ledger::CancelErasure { domain, erasure };
    costs
        .sent(
            "`ledger.cancel_erasure`, 1 record",
            SECOND_ADMIN,
            contract,
            &cancel(first),
        )
        .await;
    costs
        .sent(
            "`ledger.cancel_erasure`, 1,024 records, at worst",
            ADMIN,
            contract,
            &cancel(large),
        )
        .await;
}
