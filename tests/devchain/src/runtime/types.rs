//! What a block is made of, whatever its calls are.

use sp_runtime::{
    MultiSignature, generic,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
};

pub(crate) type Signature = MultiSignature;
pub(crate) type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
pub(crate) type Balance = u128;
pub(crate) type BlockNumber = u32;
pub(crate) type Nonce = u32;
pub(crate) type Hash = sp_core::H256;
pub(crate) type Hashing = BlakeTwo256;
pub(crate) type Header = generic::Header<BlockNumber, Hashing>;
