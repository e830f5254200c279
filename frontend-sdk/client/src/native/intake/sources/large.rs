//! A resource that is too large to be held in memory: it is read once, its outline is kept, and its text goes into a file.
//!
//! The outline is its JSON with the hash of each long `data` in the place of that: what it attaches, in base64, of which nothing
//! is searched. Everything else is in the outline, which is read as any other resource is.

use super::{large_error::LargeError, outline::Outline};
use aegle_protocol::{RngCore, random::SystemRandom};
use flate2::{Compression, write::GzEncoder};
use serde::{
    Deserializer as _,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use std::{
    borrow::Cow,
    fmt, fs,
    io::{self, BufWriter, Seek, Write},
    path::Path,
};

/// The text of a large resource, coded, in a file without a name: it is gone with the process, whatever ends it. Where it is only
/// looked at, there is no file.
pub struct LargeContent(Option<fs::File>);

impl LargeContent {
    /// Returns the length of the coded text in bytes, and what it is read from, at its beginning.
    ///
    /// # Errors
    /// It was only looked at, or the file fails.
    pub fn reader(&self) -> io::Result<(u64, impl io::Read)> {
        let file = self.0.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let mut file = file.try_clone()?;
        file.rewind()?;
        Ok((file.metadata()?.len(), file))
    }
}

/// Puts a large resource aside while it is read.
pub(super) struct PuttingAside {
    outline: Outline,
    coded: Option<GzEncoder<BufWriter<fs::File>>>,
    /// White space that ends the text, unless something follows.
    space: Vec<u8>,
    bytes: u64,
    limit: u64,
}

impl PuttingAside {
    /// Begins, with a file in a folder, or to look at it only.
    pub(super) fn new(folder: Option<&Path>, outline_bytes: usize, limit: u64) -> io::Result<Self> {
        let coded = folder.map(nameless).transpose()?;
        Ok(Self {
            outline: Outline::new(outline_bytes),
            // Base64 is a quarter shorter by any of its levels.
            coded: coded.map(|file| GzEncoder::new(BufWriter::new(file), Compression::fast())),
            space: Vec::new(),
            bytes: 0,
            limit,
        })
    }

    /// Takes what is read next.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), LargeError> {
        let bytes = if self.bytes == 0 {
            bytes.trim_ascii_start()
        } else {
            bytes
        };
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limit {
            return Err(LargeError::Bytes { limit: self.limit });
        }
        self.outline.push(bytes)?;
        let text = bytes.trim_ascii_end();
        if !text.is_empty() {
            self.write(text)?;
        }
        self.space.extend_from_slice(&bytes[text.len()..]);
        Ok(())
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        if let Some(coded) = &mut self.coded {
            coded.write_all(&self.space)?;
            coded.write_all(text)?;
        }
        self.space.clear();
        Ok(())
    }

    /// Returns the outline, and the text.
    pub(super) fn finish(self) -> Result<(Vec<u8>, LargeContent), LargeError> {
        let file = match self.coded {
            Some(coded) => Some(coded.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?),
            None => None,
        };
        Ok((self.outline.text, LargeContent(file)))
    }
}

/// Makes a file that only its owner can read, and takes its name away at once.
fn nameless(folder: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut name = [0; 16];
    SystemRandom.fill_bytes(&mut name);
    let path = folder.join(format!("{}.content", hex::encode(name)));
    let mut options = fs::OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

/// Whether a value is one resource by what its first part says: it has a type, and is no bundle of others.
pub(super) fn is_one_resource(text: &[u8]) -> bool {
    let mut found = None;
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    // It is cut off: what was found before counts.
    let _ = serde_json::Deserializer::from_slice(text).deserialize_map(TypeOf(&mut found));
    found.is_some_and(|found| found != "Bundle")
}

/// Looks for the type of a resource.
struct TypeOf<'a>(&'a mut Option<String>);

impl<'de> Visitor<'de> for TypeOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a resource")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name == "resourceType" {
                *self.0 = Some(map.next_value()?);
                return Err(A::Error::custom("it is found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{super::outline::CUT_BYTES, *};
    use flate2::read::GzDecoder;
    use sha2::{Digest, Sha256};
    use std::io::Read;

    const LIMIT: u64 = 1 << 20;

    fn put(text: &str, at_once: usize) -> Result<(String, String), LargeError> {
        let folder = tempfile::tempdir().unwrap();
        let mut putting = PuttingAside::new(Some(folder.path()), 200_000, LIMIT).unwrap();
        for part in text.as_bytes().chunks(at_once) {
            putting.take(part)?;
        }
        let (outline, content) = putting.finish()?;
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing has a name");
        let (bytes, reader) = content.reader().unwrap();
        let mut coded = Vec::new();
        reader.take(bytes).read_to_end(&mut coded).unwrap();
        let mut whole = String::new();
        GzDecoder::new(&coded[..]).read_to_string(&mut whole).unwrap();
        Ok((String::from_utf8(outline).unwrap(), whole))
    }

    fn hashed(data: &str) -> String {
        format!("sha256:{}", hex::encode(Sha256::digest(data)))
    }

    #[test]
    fn long_data_is_its_hash_in_the_outline_and_everything_else_stays() {
        let (long, short) = ("QUJD".repeat(CUT_BYTES / 4 + 1), "QUJD".repeat(CUT_BYTES / 4));
        let escaped = format!("{long}\\/\\n");
        let text = |first: &str, second: &str| {
            format!(
                r#"{{"resourceType":"DocumentReference","data" : "{first}","x":["data","{short}"],"data":"{short}","text":"\"data\":","a\\":{{"data":
 "{second}"}},"n":1.10}}"#
            )
        };
        let whole = text(&long, &escaped);
        for at_once in [1, 7, 65_535, 65_536, 65_537, whole.len()] {
            let (outline, content) = put(&format!(" \n{whole}\r\n \n"), at_once).unwrap();
            assert!(content == whole, "{at_once}");
            let expected = text(&hashed(&long), &hashed(&escaped));
            assert!(outline.trim_ascii() == expected, "{at_once}: {}", outline.len());
        }
    }

    #[test]
    fn what_is_too_large_or_no_base64_is_refused() {
        let data = |data: &str| format!(r#"{{"data":"{data}"}}"#);
        let long = "A".repeat(CUT_BYTES + 1);
        assert!(put(&data(&long), 1_000).is_ok());
        for wrong in ["é", "\u{7}", "<", "\\u0041", "\\q"] {
            for text in [format!("{wrong}{long}"), format!("{long}{wrong}")] {
                assert!(matches!(put(&data(&text), 1_000), Err(LargeError::Data)), "{wrong}");
            }
        }
        let large = data(&"A".repeat(LIMIT as usize));
        assert!(matches!(put(&large, 1_000), Err(LargeError::Bytes { .. })));
        let text = format!(r#"{{"text":"{}"}}"#, "A".repeat(200_000));
        assert!(matches!(put(&text, 1_000), Err(LargeError::Outline { .. })));
    }

    #[test]
    fn one_resource_is_told_by_its_beginning() {
        for (text, expected) in [
            (r#"{"resourceType":"Binary","data":"QUJ"#, true),
            (r#"{"meta":{"a":[1,"b"]},"resourceType" : "Binary""#, true),
            ("\u{feff}{\"resourceType\":\"Binary\"", true),
            (r#"{"resourceType":"Bundle","entry":["#, false),
            (r#"{"resourceType":7"#, false),
            (r#"{"resourceType":"Bina"#, false),
            (r#"{"data":"QUJ"#, false),
            (r#"["resourceType","Binary"]"#, false),
            ("", false),
        ] {
            assert_eq!(is_one_resource(text.as_bytes()), expected, "{text}");
        }
    }
}
