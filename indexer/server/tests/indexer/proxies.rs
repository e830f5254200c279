//! Several proxies, each a program of its own that decides for itself.
use crate::support::{
    caller::Caller,
    quorum::{CONTENT, Site},
};
use aegle_client::{
    chain::Chain as _,
    clinician::reader::OpeningError,
    patient::GrantError,
    proxies::{ProxyFailure, Quorum},
    remote::RemoteError,
};
use aegle_crypto::delegation::{SplitInput, split};
use aegle_indexer::{Indexer, config::Config};
use aegle_protocol::{
    delegation::{SplitAnchor, SplitEndorsement, SplitSignature},
    random::SystemRandom,
    request::Audience,
    wire::{DisclosureKind, ShareDeposit},
};
use aegle_rules::{
    Purposes,
    consent::{Control, Grantee},
};
use std::time::{Duration, Instant};

/// Less than a client waits for one proxy at all.
const HANGING: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_open_while_one_is_dead_and_none_while_two_are() {
    let mut site = Site::with_proxies(2).await;
    let granted = site.grant(Quorum::Usual).await.unwrap();
    let terms = &granted.terms;
    assert_eq!((terms.threshold, terms.proxies.0), (2, 0b111), "2 of 3 is usual");
    assert!(granted.undelivered.is_empty(), "{:?}", granted.undelivered);
    let opened = site.open(&site.clients(None)).await.unwrap();
    assert_eq!(opened.content.bytes, CONTENT.as_bytes());
    assert!(opened.faults.is_empty());

    // The indexer's proxy and the first are asked before the second.
    site.proxies[0].kill();
    let opened = site.open(&site.clients(None)).await.unwrap();
    assert_eq!(opened.content.bytes, CONTENT.as_bytes());
    let [fault] = &opened.faults[..] else {
        panic!("{:?}", opened.faults)
    };
    assert_eq!(fault.proxy, site.proxies[0].account);
    assert!(matches!(fault.failure, ProxyFailure::Remote(RemoteError::Transport(_))));

    site.proxies[1].kill();
    let error = site.open(&site.clients(None)).await.map(|_| ()).unwrap_err();
    let OpeningError::TooFewProxies {
        threshold: 2,
        found: 1,
        faults,
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(faults.len(), 2);
    assert!(!error.is_tampering());
    let sentence = error.to_string();
    assert!(
        sentence.starts_with("2 of the proxies of grant 1 must take part, and 1 did: try again later"),
        "{sentence}"
    );
    for proxy in &site.proxies {
        assert!(sentence.contains(&proxy.account.to_string()), "{sentence}");
    }
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_lies_is_named_and_the_others_open() {
    let site = Site::with_proxies(2).await;
    site.grant(Quorum::Usual).await.unwrap();
    let opened = site.open(&site.clients(Some(0))).await.unwrap();
    assert_eq!(opened.content.bytes, CONTENT.as_bytes());
    let [fault] = &opened.faults[..] else {
        panic!("{:?}", opened.faults)
    };
    assert_eq!(fault.proxy, site.proxies[0].account);
    assert!(matches!(fault.failure, ProxyFailure::False(_)), "{fault}");
    // Only whoever is asked can lie: where the others are not known, the lie is all there is to say.
    let clients = site.clients(Some(0));
    let error = site.open(&clients[..1]).await.map(|_| ()).unwrap_err();
    assert!(error.is_tampering(), "{error}");
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_proxy_short_of_the_threshold_opens_nothing() {
    let site = Site::with_proxies(2).await;
    site.grant(Quorum::Usual).await.unwrap();
    // The indexer, its proxy and the grantee together.
    let error = site.open(&[]).await.map(|_| ()).unwrap_err();
    assert!(
        matches!(
            error,
            OpeningError::TooFewProxies {
                threshold: 2,
                found: 1,
                ..
            }
        ),
        "{error}"
    );
    // Nor do the others without the grantee's part: a stranger who is permitted nothing is given nothing.
    let logs = site
        .patient
        .disclosures_by_server(&site.aegle(&site.clients(None)))
        .await
        .unwrap();
    let transforms = |server| {
        let log = logs.iter().find(|log| log.server == server).unwrap();
        let entries = log.entries.as_ref().unwrap().iter();
        entries
            .filter(|entry| entry.disclosure.kind == DisclosureKind::Transform)
            .count()
    };
    assert_eq!(transforms(site.indexer.account()), 1, "what it did stands in its log");
    assert_eq!(transforms(site.proxies[0].account), 0);
    site.open(&site.clients(None)).await.unwrap();
    let logs = site
        .patient
        .disclosures_by_server(&site.aegle(&site.clients(None)))
        .await
        .unwrap();
    let log = logs.iter().find(|log| log.server == site.proxies[0].account).unwrap();
    let [entry] = &log.entries.as_ref().unwrap()[..] else {
        panic!("{logs:?}")
    };
    assert_eq!(
        (
            entry.disclosure.kind,
            entry.disclosure.record,
            entry.disclosure.requester
        ),
        (DisclosureKind::Transform, site.record, site.reader.key().account())
    );
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_proxy_refuses_by_itself_what_is_revoked() {
    let site = Site::with_proxies(2).await;
    let granted = site.grant(Quorum::Usual).await.unwrap();
    let clients = site.clients(None);
    let question = site.question(&granted).await;
    for client in &clients {
        client.present(site.reader.key(), &question).await.unwrap();
    }
    let grantee = Grantee::Account(site.reader.key().account());
    site.patient
        .revoke(&site.aegle(&[]), granted.id, grantee)
        .await
        .unwrap();
    for client in &clients {
        let refused = client.present(site.reader.key(), &question).await;
        assert!(matches!(refused, Err(RemoteError::NotFound)), "{refused:?}");
        let split = client
            .grant(site.patient.key(), &site.patient.account(), granted.id)
            .await;
        assert!(matches!(split, Err(RemoteError::NotFound)), "the share is gone");
    }
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_takes_a_row_as_the_ledger_has_it_alone() {
    let site = Site::with_proxies(2).await;
    let granted = site.grant(Quorum::Usual).await.unwrap();
    let client = &site.clients(None)[0];
    let good = site.question(&granted).await;
    assert_eq!(good.shown.row.shred.0, [0; 32], "no proxy is shown the shred secret");
    let changes: [(&str, fn(&mut aegle_protocol::wire::PresentedTransform)); 6] = [
        ("another author", |question| question.shown.row.header.author.0[0] ^= 1),
        ("another capsule", |question| {
            question.shown.row.capsule.masked_key.0[0] ^= 1
        }),
        ("another rho", |question| question.shown.row.rho.0[0] ^= 1),
        ("another batch", |question| question.shown.batch.0 += 1),
        ("another number of records", |question| question.shown.records += 1),
        ("another record", |question| question.transform.record.0[0] ^= 1),
    ];
    for (what, change) in changes {
        let mut question = good.clone();
        change(&mut question);
        let refused = client.present(site.reader.key(), &question).await;
        let Err(RemoteError::Refused { reason, .. }) = refused else {
            panic!("{what}: {refused:?}")
        };
        assert_eq!(reason, "not-anchored", "{what}");
    }
    let mut other = good.clone();
    other.transform.purpose = Purposes::HRESCH;
    for (who, question) in [(site.reader.key(), &other), (site.patient.key(), &good)] {
        let refused = client.present(who, question).await;
        assert!(matches!(refused, Err(RemoteError::NotFound)), "{refused:?}");
    }
    client.present(site.reader.key(), &good).await.unwrap();
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_whose_node_is_stale_refuses() {
    let mut site = Site::with_proxies(2).await;
    let granted = site.grant(Quorum::Usual).await.unwrap();
    let question = site.question(&granted).await;
    // The same proxy, which takes a block for old after two seconds; the chain seals one every twenty.
    site.proxies[0].kill();
    let config = Config {
        data: site.proxies[0].data.path().to_owned(),
        database: site.proxies[0].database.database(),
        erasure_keys: site.proxies[0].database.key_folders(),
        max_block_age: Duration::from_secs(2),
        ..site.world.config()
    };
    let proxy = Indexer::start_proxy(config).await.unwrap();
    assert_eq!(proxy.account(), site.proxies[0].account);
    site.world.until_readiness_is(&proxy.url(), "chain-stale").await;
    let caller = Caller {
        http: &site.world.http,
        url: proxy.url(),
        audience: Audience {
            deployment: site.world.deployment,
            server: proxy.account(),
        },
        key: site.reader.key(),
    };
    let refused = caller.post("/v1/partials", &question).await;
    assert_eq!(refused.reason(), (503, "chain-stale".into()));
    proxy.stop().await;
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_was_away_gets_its_share_with_the_next_settling() {
    let mut site = Site::with_proxies(2).await;
    let other = site.grant(Quorum::Usual).await.unwrap();
    let kept = site.grant(Quorum::Usual).await.unwrap();
    site.proxies[1].kill();
    // Its epochs move on with a revocation, so that the grant that stands is split again.
    let grantee = Grantee::Account(site.reader.key().account());
    let clients = site.clients(None);
    let ended = site
        .patient
        .end(&site.aegle(&clients), other.id, grantee)
        .await
        .unwrap();
    let settled = ended.settled.unwrap();
    assert_eq!(settled.split_again, [kept.id], "{settled:?}");
    let [undelivered] = &settled.undelivered[..] else {
        panic!("{settled:?}")
    };
    assert_eq!(undelivered.fault.proxy, site.proxies[1].account);

    site.proxies[1].run(&site.world);
    let clients = site.clients(None);
    let settled = site.patient.settle(&site.aegle(&clients)).await.unwrap();
    assert_eq!(settled.split_again, [kept.id], "{settled:?}");
    assert!(settled.undelivered.is_empty(), "{settled:?}");
    let settled = site.patient.settle(&site.aegle(&clients)).await.unwrap();
    assert!(settled.split_again.is_empty(), "{settled:?}");
    site.proxies[0].kill();
    let opened = site.open(&clients).await.unwrap();
    assert_eq!(opened.content.bytes, CONTENT.as_bytes());
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_granted_where_too_few_organisations_can_be_asked() {
    let mut site = Site::with_one_of_the_hospital().await;
    let too_few = |granted: Result<_, GrantError>| match granted {
        Err(GrantError::TooFewProxies { found, faults, .. }) => (found, faults.len()),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was granted"),
    };
    let of = |threshold, proxies| Quorum::Of { threshold, proxies };
    assert_eq!(too_few(site.grant(of(3, 4)).await), (3, 0));
    // The hospital's clinicians would hold their own part and the hospital's share.
    assert_eq!(too_few(site.grant(of(1, 3)).await), (2, 0));
    let granted = site.grant(Quorum::Usual).await.unwrap();
    assert_eq!(
        granted.terms.proxies.0, 0b111,
        "where two must take part, one of them may be the hospital's"
    );
    // Whoever keeps a proxy from answering does not settle how few must agree.
    site.proxies[1].kill();
    assert_eq!(too_few(site.grant(Quorum::Usual).await), (2, 1));
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_version_of_a_split_locks_its_grant() {
    let site = Site::with_proxies(0).await;
    let granted = site.grant(Quorum::Usual).await.unwrap();
    let patient = site.world.caller(&site.indexer, &site.world.patient);
    let account = site.patient.account();
    let anchor = SplitAnchor {
        deployment: &site.world.deployment,
        patient: &account,
        grant: granted.id,
        on_chain: &granted.terms.split,
        control: &Control::default(),
    };
    let at = site.world.chain.finalized().await.unwrap().timestamp;
    let proxy = site.world.status(&site.indexer).await.proxy;
    let secrets = [site
        .world
        .slot_secret(site.question(&granted).await.shown.row.header.slot)];
    let deposit = |version| {
        let input = SplitInput {
            grant: granted.id,
            version,
            threshold: 1,
            proxies: vec![proxy.account],
            delegatee: true,
        };
        let parts = split(input, &secrets, &mut SystemRandom).unwrap();
        let payload = anchor.payload(version, at, parts.split.commitment());
        let signature = SplitSignature(site.patient.key().sign(payload.as_bytes()));
        let seal = |key| parts.seal_delegatee(key, &mut SystemRandom).unwrap();
        ShareDeposit {
            document: parts.split.document().clone(),
            salt: parts.salt,
            share: Some(parts.seal_shares(1, &proxy.key, &mut SystemRandom).unwrap()),
            delegatee: Some(seal(&site.reader.encryption().public_key())),
            endorsement: Some(SplitEndorsement { at, signature }),
        }
    };
    for version in [u32::MAX, 1_026] {
        let refused = patient.post("/v1/shares", &deposit(version)).await;
        assert_eq!(refused.reason(), (422, "split-version".into()), "{version}");
    }
    for version in [2, 3, 1_027] {
        patient.post("/v1/shares", &deposit(version)).await.expect(201);
    }
    site.indexer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_hangs_does_not_hold_an_opening_up() {
    let mut site = Site::with_proxies(2).await;
    site.grant(Quorum::Usual).await.unwrap();
    let clients = site.clients(None);
    site.open(&clients).await.unwrap();
    site.proxies[0].freeze();
    let began = Instant::now();
    let opened = site.open(&clients).await.unwrap();
    assert_eq!(opened.content.bytes, CONTENT.as_bytes());
    assert!(began.elapsed() < HANGING, "{:?}", began.elapsed());
    site.proxies[0].kill();
    site.indexer.stop().await;
}
