//! Sealed search as WebAssembly: holds golden vectors, which the host hands over, against the code as it was compiled.
//!
//! The host calls [`allocate`], writes a file of vectors there, and calls [`check`]. Then [`first_wrong`] and
//! [`checked`] say what came out.
//!
//! There is no randomness here: nothing that the vectors hold needs any, and what asks for it gets an error.

#[path = "../../../../keys/tests/keys/golden.rs"]
mod golden;

use golden::{compare, questions, rfc_9497, scheme};
use std::sync::{
    Mutex,
    atomic::{AtomicU32, Ordering::Relaxed},
};

/// The file that the host hands over.
static FILE: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static CHECKED: AtomicU32 = AtomicU32::new(0);
static FIRST_WRONG: AtomicU32 = AtomicU32::new(0);

/// Makes room for a file of `length` bytes and returns where it is.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    let Ok(mut file) = FILE.lock() else {
        return std::ptr::null_mut();
    };
    *file = vec![0; length];
    file.as_mut_ptr()
}

/// Checks the file that was handed over: `sealed.json` (0), `sealed-queries.json` (1) or `sealed-rfc9497.json` (2).
/// Returns 0 when every vector is right, 1 when one is wrong, and 2 when the bytes are no such file.
#[unsafe(no_mangle)]
pub extern "C" fn check(kind: u32) -> u32 {
    CHECKED.store(0, Relaxed);
    FIRST_WRONG.store(0, Relaxed);
    let file = FILE.lock().ok().and_then(|file| String::from_utf8(file.clone()).ok());
    let right = file.and_then(|text| {
        let right = match kind {
            0 => compare(&scheme(), &text),
            1 => compare(&questions(), &text),
            2 => rfc_9497(&text),
            _ => return None,
        };
        right.ok()
    });
    let Some(right) = right else {
        return 2;
    };
    CHECKED.store(right.len() as u32, Relaxed);
    let Some(wrong) = right.iter().position(|right| !right) else {
        return 0;
    };
    FIRST_WRONG.store(wrong as u32, Relaxed);
    1
}

/// How many vectors the last [`check`] compared.
#[unsafe(no_mangle)]
pub extern "C" fn checked() -> u32 {
    CHECKED.load(Relaxed)
}

/// The first wrong vector of the last [`check`], counted from 0.
#[unsafe(no_mangle)]
pub extern "C" fn first_wrong() -> u32 {
    FIRST_WRONG.load(Relaxed)
}

/// The source of randomness of getrandom 0.4 on a target that has none.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(_: *mut u8, _: usize) -> Result<(), getrandom::Error> {
    Err(getrandom::Error::UNSUPPORTED)
}
