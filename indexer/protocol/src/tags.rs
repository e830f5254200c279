//! Domain-separation tags: every hash, key derivation and seal of this crate names one of these, and no two share one.
//!
//! Two families of hashes use them:
//!
//! - **Commitments** (records, roots, bundles): `SHA-256(lp(tag) || lp(arg) || ...)`.
//! - **The delegation scheme**: `SHA-512(lp(T) || lp(tag) || lp(arg) || ...)` with [`DELEGATION`] as T.
//!
//! `lp` puts the length before the bytes, as 4 bytes big-endian. Numbers are little-endian, as SCALE has them.

/// T of the delegation scheme (TDH2 on ristretto255).
pub const DELEGATION: &str = "aegle-tdh2-r255-v1";
/// The second generator of the group.
pub const SECOND_GENERATOR: &str = "gbar";
/// Derivation of a slot's secret key.
pub const SLOT_KEY: &str = "slot-key";
/// The label that ties a capsule to its record.
pub const CAPSULE_LABEL: &str = "label";
/// The mask over a message key.
pub const KEM: &str = "kem";
/// The challenge of a capsule's proof.
pub const ENCAPSULATION: &str = "enc";
/// The commitment to a split document.
pub const SPLIT: &str = "split";
/// The nonce of a proxy's proof.
pub const NONCE: &str = "nonce";
/// The challenge of a proxy's proof.
pub const EQUALITY: &str = "dleq";

/// HKDF information: the keys of a record.
pub const RECORD_KEYS: &str = "aegle/record-keys/v1";
/// Hash of a record's header.
pub const RECORD_HEADER: &str = "aegle/record-header/v2";
/// A record's leaf in its batch's tree.
pub const RECORD_LEAF: &str = "aegle/record-leaf/v2";

/// A Merkle root bound to the kind of its tree and the number of its leaves.
pub const MERKLE_ROOT: &str = "aegle/merkle-root/v1";
/// Kind of tree: the records of a batch.
pub const TREE_RECORDS: &str = "aegle/tree/records/v1";
/// Kind of tree: the labels of a batch.
pub const TREE_LABELS: &str = "aegle/tree/labels/v1";
/// Kind of tree: the entries of a batch's count table.
pub const TREE_COUNTS: &str = "aegle/tree/counts/v1";
/// Kind of tree: the segments of a ciphertext.
pub const TREE_SEGMENTS: &str = "aegle/tree/segments/v1";
/// Kind of tree: a patient's public keys, by slot and epoch.
pub const TREE_SLOT_KEYS: &str = "aegle/tree/slot-keys/v1";
/// Commitment to the labels and the count table of a batch.
pub const INDEX_COMMITMENT: &str = "aegle/index-commitment/v1";
/// Salted commitment to a FHIR Consent document.
pub const DOCUMENT_COMMITMENT: &str = "aegle/document-commitment/v1";

/// HKDF salt: the keys of a person, from the seed that their phrase encodes.
pub const SEED: &str = "aegle/seed/v1";
/// HKDF information: a patient's master secret, from the seed.
pub const SEED_MASTER: &str = "aegle/seed/master/v1";
/// HKDF information: the key of a patient's account, from the seed.
pub const SEED_ACCOUNT: &str = "aegle/seed/account/v1";
/// HKDF information: a patient's recovery key, from the seed.
pub const SEED_RECOVERY: &str = "aegle/seed/recovery/v1";
/// HKDF information: the key of the account with which the same person reads others' records, from the seed.
pub const SEED_READER_ACCOUNT: &str = "aegle/seed/reader-account/v1";
/// HKDF information: the encryption key of that account, from the seed.
pub const SEED_READER_ENCRYPTION: &str = "aegle/seed/reader-encryption/v1";
/// What is authenticated beside the secrets of a backup of keys.
pub const KEY_BACKUP: &str = "aegle/key-backup/v1";

/// HKDF information: the permutation of a patient's slots.
pub const SLOT_PERMUTATION: &str = "aegle/slot-permutation/v1";
/// HKDF information: an account's HPKE key, from the master secret.
pub const ENCRYPTION_KEY: &str = "aegle/encryption-key/v1";
/// Hash of what the key directory commits to of an account's slot keys.
pub const KEY_BUNDLE: &str = "aegle/key-bundle/v2";
/// A slot's public key in the tree of a bundle's keys.
pub const SLOT_KEY_LEAF: &str = "aegle/slot-key-leaf/v1";
/// HKDF information: the salt of the commitment to a patient's map of classes to slots.
pub const CLASS_MAP_SALT: &str = "aegle/class-map-salt/v1";
/// Salted commitment to a patient's map of classes to slots.
pub const CLASS_MAP_COMMITMENT: &str = "aegle/class-map-commitment/v1";
/// First words of what a patient signs of a split that takes the place of the one on chain.
pub const SPLIT_SIGNATURE: &str = "aegle/split/v1";

/// HPKE information: a proxy's shares of a grant.
pub const SEAL_PROXY_SHARES: &str = "aegle/seal/proxy-shares/v1";
/// HPKE information: a delegatee's part of a grant.
pub const SEAL_DELEGATEE: &str = "aegle/seal/delegatee/v1";
/// HPKE information: a patient's map of classes to slots.
pub const SEAL_CLASS_MAP: &str = "aegle/seal/class-map/v2";

/// First words of what signs a request.
pub const REQUEST: &str = "aegle/request/v2";
/// First words of what opens a session.
pub const SESSION: &str = "aegle/session/v1";
/// First words of what a session's key signs of a request.
pub const SESSION_REQUEST: &str = "aegle/session-request/v1";
/// Hash of a signed request, as transforms name it.
pub const REQUEST_HASH: &str = "aegle/request-hash/v1";
/// Hash by which a server knows a relayed call again.
pub const RELAYED_CALL: &str = "aegle/relayed-call-digest/v1";
/// First words of what an organisation's admin signs to invite a patient.
pub const INVITATION: &str = "aegle/invitation/v1";
/// First bytes of what the account of a proxy is the hash of, when it has none on chain.
pub const PROXY_ACCOUNT: &str = "aegle/proxy-account/v1";
/// Hash of an entry in a patient's disclosure log.
pub const DISCLOSURE: &str = "aegle/disclosure/v1";
