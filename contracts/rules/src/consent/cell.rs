//! The grants to one grantee as they are kept, read where they lie.
//!
//! A decision looks at every grant of several cells, of which each may have 24 of up to 270 bytes. To decode all of that takes
//! several times as long as to read it: of each grant only what a decision compares is taken out, and the rest where it matters.

use super::{narrowing::Narrowing, Effect, Origin, PatientState, Proxies, Research, StoredGrant};
use crate::{Confidentiality, GrantId, Purposes, Slots, Timestamp};
use alloc::vec::Vec;
use core::ops::Deref;
use scale::{Compact, Decode, Encode};

/// The bytes of a hash, and of an account.
const WIDE: usize = 32;

/// The grants to one grantee, oldest first, as the contract keeps them: the SCALE of `Vec<StoredGrant>`.
#[derive(Clone, Debug, Default)]
pub struct GrantCell {
    bytes: Vec<u8>,
    heads: Vec<Head>,
}

/// What a decision compares of a grant, and where in the cell the rest of it lies.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    start: usize,
    origin: usize,
    narrowing: usize,
    /// The grant's number.
    pub id: GrantId,
    /// Whether it was passed on.
    pub is_passed_on: bool,
    /// Permit or deny.
    pub effect: Effect,
    /// For which purposes of use.
    pub purposes: Purposes,
    /// Over which slots.
    pub slots: Slots,
    /// The highest confidentiality that is covered.
    pub confidentiality: Confidentiality,
    /// First millisecond of validity.
    pub from: Timestamp,
    /// First millisecond at which the grant no longer counts.
    pub until: Timestamp,
    /// How deep the provision is nested.
    pub depth: u8,
    /// Whether the grantee may pass it on.
    pub delegable: bool,
    /// What it allows of research.
    pub research: Research,
    /// Whether it is narrowed to some records.
    pub is_narrowed: bool,
    /// The proxies that hold shares of the split.
    pub proxies: Proxies,
    /// How many of them it takes to open a record.
    pub threshold: u8,
}

/// A grant in its cell.
#[derive(Clone, Copy, Debug)]
pub struct KeptGrant<'a> {
    cell: &'a GrantCell,
    head: &'a Head,
}

impl GrantCell {
    /// Reads what is kept of grants to one grantee; `None` where that is not the whole of some grants.
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let mut left = bytes.as_slice();
        let Compact(count) = Compact::<u32>::decode(&mut left).ok()?;
        let mut heads = Vec::new();
        for _ in 0..count {
            heads.push(Head::read(&mut left, bytes.len())?);
        }
        left.is_empty().then_some(Self { bytes, heads })
    }

    /// Encodes grants, and reads them.
    pub fn of(grants: &Vec<StoredGrant>) -> Self {
        Self::read(grants.encode()).unwrap_or_default()
    }

    /// Returns the grants, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = KeptGrant<'_>> {
        self.heads.iter().map(|head| KeptGrant { cell: self, head })
    }

    /// Returns the grant of a number.
    pub fn find(&self, id: GrantId) -> Option<KeptGrant<'_>> {
        self.iter().find(|grant| grant.id == id)
    }
}

impl Head {
    /// Reads one grant, and leaves what comes after it; `whole` is the length of the cell.
    fn read(left: &mut &[u8], whole: usize) -> Option<Self> {
        let place = |left: &[u8]| whole.saturating_sub(left.len());
        let start = place(left);
        let id = GrantId::decode(left).ok()?;
        skip(left, 4)?;
        let is_passed_on = option(left)?;
        let origin = place(left);
        if is_passed_on {
            skip_grantee(left)?;
            // The parent's number, and that of the root.
            skip(left, 8)?;
            skip_account(left)?;
        }
        let effect = Effect::decode(left).ok()?;
        skip_grantee(left)?;
        let (purposes, slots) = <(Purposes, Slots)>::decode(left).ok()?;
        let confidentiality = Confidentiality::decode(left).ok()?;
        let (from, until) = <(Timestamp, Timestamp)>::decode(left).ok()?;
        let (depth, delegable) = <(u8, bool)>::decode(left).ok()?;
        let research = Research::decode(left).ok()?;
        let is_narrowed = option(left)?;
        let narrowing = place(left);
        if is_narrowed {
            skip(left, 16)?;
            skip_account(left)?;
            skip_account(left)?;
        }
        let (proxies, threshold) = <(Proxies, u8)>::decode(left).ok()?;
        skip(left, 2 * WIDE)?;
        Some(Self {
            start,
            origin,
            narrowing,
            id,
            is_passed_on,
            effect,
            purposes,
            slots,
            confidentiality,
            from,
            until,
            depth,
            delegable,
            research,
            is_narrowed,
            proxies,
            threshold,
        })
    }

    /// Returns whether nothing can make the grant count again: see [`StoredGrant::is_over`].
    pub fn is_over(&self, state: &PatientState, now: Timestamp) -> bool {
        self.until <= now || state.is_void(self.id)
    }
}

impl KeptGrant<'_> {
    /// Returns what it passes on; `None` for a grant that the patient gave.
    pub fn origin(&self) -> Option<Origin> {
        self.is_passed_on.then(|| self.part(self.head.origin)).flatten()
    }

    /// Returns to which records it is narrowed.
    pub fn narrowing(&self) -> Option<Narrowing> {
        self.is_narrowed.then(|| self.part(self.head.narrowing)).flatten()
    }

    /// Returns the whole grant.
    pub fn whole(&self) -> Option<StoredGrant> {
        self.part(self.head.start)
    }

    // What is read as a whole has been walked through before.
    fn part<T: Decode>(&self, start: usize) -> Option<T> {
        T::decode(&mut self.cell.bytes.get(start..)?).ok()
    }
}

impl Deref for KeptGrant<'_> {
    type Target = Head;

    fn deref(&self) -> &Head {
        self.head
    }
}

/// Leaves out so many bytes.
fn skip(left: &mut &[u8], bytes: usize) -> Option<()> {
    *left = left.get(bytes..)?;
    Some(())
}

fn option(left: &mut &[u8]) -> Option<bool> {
    match u8::decode(left).ok()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn skip_account(left: &mut &[u8]) -> Option<()> {
    if option(left)? {
        skip(left, WIDE)?;
    }
    Some(())
}

fn skip_grantee(left: &mut &[u8]) -> Option<()> {
    match u8::decode(left).ok()? {
        0 => skip(left, WIDE),
        1 => skip(left, 4),
        2 => Some(()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
