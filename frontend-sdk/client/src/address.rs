//! Accounts as people write them: hexadecimal, or SS58, the form in which wallets and explorers of Substrate chains show
//! them (base58 of prefix, account and checksum).

use aegle_rules::AccountId;
use blake2::{Blake2b512, Digest};

/// The SS58 prefix of no chain in particular, which is what accounts are shown under.
const GENERIC_PREFIX: u8 = 42;
/// What is hashed before prefix and account.
const CHECKSUM_TAG: &[u8] = b"SS58PRE";
/// Length of the checksum of an account, in bytes.
const CHECKSUM_BYTES: usize = 2;
/// The bits of a first byte that say that the prefix has two bytes.
const LONG_PREFIX: u8 = 0b0100_0000;
/// Longest text that is read: far more than any account.
const MAX_TEXT_BYTES: usize = 128;

/// The reason why a text is no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is neither form.
    #[error("an account is 64 hexadecimal digits, with or without 0x, or an SS58 address such as 5Grwva...")]
    Malformed,
    /// The checksum of an SS58 address is another one.
    #[error("the SS58 address has a typing error: its checksum does not fit")]
    Checksum,
    /// It is an SS58 address of something shorter or longer than an account.
    #[error("the SS58 address is of {0} bytes, and an account has 32")]
    Length(usize),
}

/// Reads an account: hexadecimal, or SS58 with any prefix.
///
/// # Errors
/// See [`AddressError`].
pub fn parse(text: &str) -> Result<AccountId, AddressError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(AddressError::Malformed);
    }
    if let Ok(account) = text.parse() {
        return Ok(account);
    }
    if text.starts_with("0x") {
        return Err(AddressError::Malformed);
    }
    let bytes = bs58::decode(text).into_vec().map_err(|_| AddressError::Malformed)?;
    let prefix_bytes = match bytes.first() {
        Some(first) if first & LONG_PREFIX != 0 => 2,
        _ => 1,
    };
    let Some(body) = bytes
        .len()
        .checked_sub(CHECKSUM_BYTES)
        .filter(|body| *body > prefix_bytes)
    else {
        return Err(AddressError::Malformed);
    };
    if bytes[body..] != checksum(&bytes[..body]) {
        return Err(AddressError::Checksum);
    }
    let account = &bytes[prefix_bytes..body];
    let account = account.try_into().map_err(|_| AddressError::Length(account.len()))?;
    Ok(AccountId(account))
}

/// Formats an account as SS58 under the prefix of no chain in particular, 42.
pub fn ss58(account: &AccountId) -> String {
    let mut bytes = vec![GENERIC_PREFIX];
    bytes.extend_from_slice(&account.0);
    let checksum = checksum(&bytes);
    bytes.extend_from_slice(&checksum);
    bs58::encode(bytes).into_string()
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = Blake2b512::new()
        .chain_update(CHECKSUM_TAG)
        .chain_update(bytes)
        .finalize();
    [hash[0], hash[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AccountKey;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

    #[test]
    fn both_forms_are_the_same_account() {
        let alice = AccountKey::development("Alice").account();
        assert_eq!(ss58(&alice), ALICE);
        let hexadecimal = alice.to_string();
        // Polkadot's prefix is 0, and a prefix of two bytes is 172.
        let polkadot = "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5";
        let long_prefix = "p8FjoULTARErQfWhRuEx2LKASHzH9JrbKRgGVpB16MhxV6pzk";
        for text in [ALICE, polkadot, long_prefix, &hexadecimal, &hexadecimal[2..]] {
            assert_eq!(parse(text), Ok(alice), "{text}");
        }
    }

    #[test]
    fn what_is_no_account_is_refused() {
        let long = "5".repeat(MAX_TEXT_BYTES + 1);
        let cases = [
            ("", AddressError::Malformed),
            ("0x12", AddressError::Malformed),
            ("5Grwva0", AddressError::Malformed),
            (&long, AddressError::Malformed),
            (
                "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ",
                AddressError::Checksum,
            ),
            ("25K8W6", AddressError::Length(1)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected), "{text}");
        }
    }
}
