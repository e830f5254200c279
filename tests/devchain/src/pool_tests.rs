//! The pool's rules, with transactions that need no signature.

use parity_scale_codec::Encode;
use sp_runtime::traits::Hash as _;

use super::*;
use crate::runtime::{Hashing, Runtime, RuntimeCall};

/// Makes a transaction of `account` with `nonce`, that waits for the nonce before it unless it is 0.
fn pooled(account: u8, nonce: u8, priority: u64) -> (Pooled, mpsc::Receiver<Status>) {
    let now = u64::from_le_bytes([account, nonce, 0, 0, 0, 0, 0, 0]) + (priority << 16);
    let call = RuntimeCall::Timestamp(pallet_timestamp::Call::<Runtime>::set { now });
    let extrinsic = UncheckedExtrinsic::new_bare(call);
    let bytes = extrinsic.encode();
    let validity = ValidTransaction {
        priority,
        requires: nonce
            .checked_sub(1)
            .map(|before| vec![account, before])
            .into_iter()
            .collect(),
        provides: vec![vec![account, nonce]],
        longevity: 10,
        propagate: true,
    };
    let (watcher, statuses) = mpsc::channel(8);
    let hash = Hashing::hash(&bytes);
    (
        Pooled::new(hash, bytes, extrinsic, validity, 0, Some(watcher)),
        statuses,
    )
}

fn told(statuses: &mut mpsc::Receiver<Status>) -> Vec<Status> {
    std::iter::from_fn(|| statuses.try_recv().ok()).collect()
}

#[test]
fn the_ready_are_in_order_of_nonce_then_priority_then_arrival() {
    let mut pool = Pool::default();
    let order = [(1, 1, 9), (2, 0, 5), (1, 0, 1), (3, 0, 5), (4, 1, 9)];
    let mut hashes = Vec::new();
    for (account, nonce, priority) in order {
        let (transaction, _) = pooled(account, nonce, priority);
        hashes.push(transaction.hash);
        assert_eq!(pool.insert(transaction), Ok(()));
    }
    assert_eq!(pool.ready(), [hashes[1], hashes[3], hashes[2], hashes[0]]);
    assert!(pool.provides(&[1, 1]));
    assert!(!pool.provides(&[4, 1]), "a future transaction provides nothing yet");
    assert_eq!(pool.len(), 5);
}

#[test]
fn a_watcher_is_told_each_step() {
    let mut pool = Pool::default();
    let (second, mut second_statuses) = pooled(1, 1, 1);
    let (first, mut first_statuses) = pooled(1, 0, 1);
    let hashes = [first.hash, second.hash];
    assert_eq!(pool.insert(second), Ok(()));
    assert!(!pool.has_ready());
    assert_eq!(told(&mut second_statuses), [Status::Future]);
    assert_eq!(pool.insert(first), Ok(()));
    assert_eq!(told(&mut second_statuses), [Status::Ready]);
    let block = Hash::repeat_byte(7);
    pool.sealed(&hashes, block, 1);
    let all = [Status::Ready, Status::InBlock(block), Status::Finalized(block)];
    assert_eq!(told(&mut first_statuses), all);
    assert_eq!(told(&mut second_statuses), all[1..]);
    assert_eq!(pool.len(), 0);
}

#[test]
fn a_higher_priority_takes_the_place_of_the_same_nonce() {
    let mut pool = Pool::default();
    let (cheap, mut statuses) = pooled(1, 0, 1);
    let (dear, _) = pooled(1, 0, 2);
    let (again, _) = pooled(1, 0, 2);
    let dear_hash = dear.hash;
    assert_eq!(pool.insert(cheap), Ok(()));
    assert_eq!(pool.insert(dear), Ok(()));
    assert_eq!(told(&mut statuses), [Status::Ready, Status::Usurped(dear_hash)]);
    assert_eq!(pool.insert(again), Err(PoolError::AlreadyImported));
    let (cheap, _) = pooled(1, 0, 1);
    assert_eq!(pool.insert(cheap), Err(PoolError::PriorityTooLow { old: 2, new: 1 }));
    assert_eq!(pool.ready(), [dear_hash]);
}

#[test]
fn what_depends_on_a_refused_transaction_waits_again() {
    let mut pool = Pool::default();
    let (first, mut statuses) = pooled(1, 0, 1);
    let (second, _) = pooled(1, 1, 1);
    let first_hash = first.hash;
    assert_eq!(pool.insert(first), Ok(()));
    assert_eq!(pool.insert(second), Ok(()));
    pool.refuse(&first_hash);
    assert_eq!(told(&mut statuses), [Status::Ready, Status::Invalid]);
    assert!(!pool.has_ready());
    assert_eq!(pool.len(), 1);
}

#[test]
fn a_transaction_whose_time_ran_out_is_dropped() {
    let mut pool = Pool::default();
    let (late, mut statuses) = pooled(1, 1, 1);
    assert_eq!(pool.insert(late), Ok(()));
    pool.sealed(&[], Hash::zero(), 10);
    assert_eq!(pool.len(), 1);
    pool.sealed(&[], Hash::zero(), 11);
    assert_eq!(told(&mut statuses), [Status::Future, Status::Dropped]);
    assert_eq!(pool.len(), 0);
}

#[test]
fn a_full_pool_takes_no_more() {
    let mut pool = Pool::default();
    for index in 0..MAX_POOL_TRANSACTIONS {
        let [account, nonce, ..] = index.to_le_bytes();
        let (transaction, _) = pooled(account, nonce, 1);
        // Without requirements, so that the test is about the number alone.
        let transaction = Pooled {
            requires: Vec::new(),
            ..transaction
        };
        assert_eq!(pool.insert(transaction), Ok(()), "{index}");
    }
    let (one_more, _) = pooled(1, 200, 9);
    assert_eq!(pool.insert(one_more), Err(PoolError::Full));
}
