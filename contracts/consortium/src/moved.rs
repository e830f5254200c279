//! Another layout of what the contract keeps, in which the committee lies apart from the rest of the state, that in another order,
//! and the key directory in cells of another number: what the consortium's upgrade of itself to a really different layout is
//! tested with, while proposals, roles and keys stand.
//!
//! Everything is read as it is kept, in this layout or the one before, and written in this one. The state moves whole with the
//! first message that writes it; what nobody writes of the directory, anybody moves by `migrate`, a bounded number at once.

use aegle_rules::{
    consortium::{
        Committee, ConsortiumError, Contracts, Jurisdictions, KeyEntry, Limits, Organisations, OtherLayout, Pauses,
        ProxyOperators, State, Upgrades,
    },
    AccountId,
};
use ink::storage::{traits::ManualKey, Lazy, Mapping};
use scale::{Decode, Encode};

/// The state without the committee, in this layout.
#[derive(Encode, Decode)]
struct Rest {
    pauses: Pauses,
    jurisdictions: Jurisdictions,
    upgrades: Upgrades,
    contracts: Option<Contracts>,
    limits: Limits,
    proposals: u32,
    proxies: ProxyOperators,
    organisations: Organisations,
}

/// Where it lies, and where the committee does.
type RestCell = Lazy<Rest, ManualKey<26>>;
type CommitteeCell = Lazy<Committee, ManualKey<27>>;
/// Where all of it lay in the layout before.
type Before = Lazy<State, ManualKey<6>>;

/// The committee and everything else of which there is one, in whichever layout it is kept.
#[derive(Default, Encode, Decode)]
#[cfg_attr(feature = "std", derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout))]
pub struct KeptState;

impl KeptState {
    pub(crate) fn get_or_default(&self) -> State {
        let (Some(committee), Some(rest)) = (CommitteeCell::new().get(), RestCell::new().get()) else {
            return Before::new().get_or_default();
        };
        State {
            committee,
            organisations: rest.organisations,
            contracts: rest.contracts,
            limits: rest.limits,
            proxies: rest.proxies,
            proposals: rest.proposals,
            upgrades: rest.upgrades,
            pauses: rest.pauses,
            jurisdictions: rest.jurisdictions,
        }
    }

    /// Keeps the state in this layout, and nothing in the one before.
    pub(crate) fn set(&mut self, state: &State) {
        let state = state.clone();
        CommitteeCell::new().set(&state.committee);
        RestCell::new().set(&Rest {
            pauses: state.pauses,
            jurisdictions: state.jurisdictions,
            upgrades: state.upgrades,
            contracts: state.contracts,
            limits: state.limits,
            proposals: state.proposals,
            proxies: state.proxies,
            organisations: state.organisations,
        });
        Mapping::<(), State, ManualKey<6>>::new().remove(());
    }
}

/// Where keys lie.
type Shelves = Mapping<AccountId, (u8, KeyEntry), ManualKey<23>>;
/// Where they lay in the layout before.
type KeysBefore = Mapping<AccountId, KeyEntry, ManualKey<3>>;
/// What stands before a key.
const MARK: u8 = 2;

/// The key directory, in whichever layout it is kept.
#[derive(Default, Encode, Decode)]
#[cfg_attr(feature = "std", derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout))]
pub struct Keys;

impl Keys {
    pub(crate) fn get(&self, account: AccountId) -> Option<KeyEntry> {
        let shelf = Shelves::new().get(account);
        shelf.map(|(_, entry)| entry).or_else(|| KeysBefore::new().get(account))
    }

    /// Keeps a key in this layout, and nothing in the one before.
    pub(crate) fn insert(&mut self, account: AccountId, entry: &KeyEntry) {
        KeysBefore::new().remove(account);
        Shelves::new().insert(account, &(MARK, *entry));
    }

    /// Moves keys of the layout before, and says how many there were.
    pub(crate) fn migrate(&mut self, accounts: &[AccountId]) -> Result<u32, ConsortiumError> {
        if accounts.is_empty() || accounts.len() > OtherLayout::MAX_MOVED {
            return Err(ConsortiumError::TooMany);
        }
        let mut moved: u32 = 0;
        for account in accounts {
            if let Some(entry) = KeysBefore::new().get(account) {
                self.insert(*account, &entry);
                moved = moved.saturating_add(1);
            }
        }
        Ok(moved)
    }
}
