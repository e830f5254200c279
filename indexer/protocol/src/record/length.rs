//! How long content, segments and ciphertexts are: classes of length.

use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Plaintext bytes of a segment; the last one may have fewer.
pub const SEGMENT_BYTES: usize = 65_536;
/// The bytes that AES-256-GCM adds to a segment.
pub const SEGMENT_TAG_BYTES: usize = 16;
/// Most bytes of content: 1 GiB.
pub const MAX_CONTENT_BYTES: usize = 1 << 30;

/// The largest class: it holds [`MAX_CONTENT_BYTES`] and their media type.
pub const MAX_LENGTH_CLASS: LengthClass = LengthClass(89);

/// Bytes of the smallest class, as a power of two, divided by the four steps of an octave.
const SMALLEST_STEP_SHIFT: u8 = 6;

/// To how many bytes a plaintext is padded: 256, 320, 384, 448, 512, 640, ... , four steps for each doubling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LengthClass(pub u8);

impl LengthClass {
    /// Returns the smallest class that holds `bytes` bytes of plaintext; `None` if there is none.
    pub fn holding(bytes: u64) -> Option<Self> {
        // 90 classes: a search by halving needs seven steps, and no arithmetic to get wrong.
        let classes: [u64; MAX_LENGTH_CLASS.0 as usize + 1] =
            core::array::from_fn(|class| Self(u8::try_from(class).expect("a class is at most 89")).padded_bytes());
        let class = classes.partition_point(|padded| *padded < bytes);
        u8::try_from(class)
            .ok()
            .map(Self)
            .filter(|class| *class <= MAX_LENGTH_CLASS)
    }

    /// Returns the length of the plaintext in bytes, padding included. A class over [`MAX_LENGTH_CLASS`] counts as that
    /// one.
    pub fn padded_bytes(self) -> u64 {
        let class = self.0.min(MAX_LENGTH_CLASS.0);
        u64::from(4 + class % 4) << (class / 4 + SMALLEST_STEP_SHIFT)
    }

    /// Returns the number of segments of the plaintext.
    pub fn segments(self) -> u64 {
        self.padded_bytes().div_ceil(SEGMENT_BYTES as u64)
    }

    /// Returns the length of the ciphertext in bytes.
    pub fn ciphertext_bytes(self) -> u64 {
        self.padded_bytes() + self.segments() * SEGMENT_TAG_BYTES as u64
    }
}
