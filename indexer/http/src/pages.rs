//! A folder of static files, the pages of a portal, under a content security policy that lets them run their own scripts
//! alone and talk to the servers that their settings name.
//!
//! The files are read once, at the start: what changes in the folder afterwards is not served. Beside each file may be
//! one whose name ends in `.gz` besides, which is sent to whoever takes gzip.

use crate::{Origin, Problem};
use axum::{
    Router,
    body::Bytes,
    extract::Path as InPath,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Most files of a folder.
const MAX_FILES: usize = 128;
/// Most bytes of all files together.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// The page that is shown first.
const INDEX: &str = "index.html";
/// The file that says where chain and token services are.
const SETTINGS: &str = "portal.json";
/// The end of the name of a file that is packed.
const PACKED: &str = ".gz";
/// How long a browser keeps files. Their names change with their content; those of the page and of its settings do not.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASKED_ANEW: HeaderValue = HeaderValue::from_static("no-cache");
/// What else pages are told, beside their policy.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::VARY, HeaderValue::from_static("accept-encoding")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Why a folder is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PagesError {
    /// The folder, or a file in it, cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There are more files than are served.
    #[error("the folder of pages has more than {MAX_FILES} files")]
    TooMany,
    /// The files are larger than what is kept in memory.
    #[error("the files of the pages have {0} bytes, more than {MAX_BYTES}")]
    TooLarge(u64),
    /// It is no file, its name has a character that is not served, or nobody knows what it is by the end of its name.
    #[error(
        "{} is nothing that is served: a file of letters, digits, `-`, `_` and `.` that ends in html, css, js, json, svg, txt or wasm",
        .0.display()
    )]
    Unknown(PathBuf),
    /// A file is missing.
    #[error("the folder of pages has no {0}")]
    Missing(&'static str),
    /// The settings cannot be read.
    #[error("{SETTINGS} does not say where `chain` and the `url` of each of `custodians` and `proxies` are: {0}")]
    Settings(#[from] serde_json::Error),
    /// An address in the settings is none.
    #[error(
        "{SETTINGS} has the address `{0}`: write wss://HOST or https://HOST, with a port or without, in lower case"
    )]
    Address(String),
}

/// What the pages' settings say that matters here; the rest is for the pages.
#[derive(Deserialize)]
struct Settings {
    chain: String,
    custodians: Vec<Server>,
    #[serde(default)]
    proxies: Vec<Server>,
}

/// A server that the pages ask: a token service, or a proxy.
#[derive(Deserialize)]
struct Server {
    url: String,
}

/// Static files and the headers that go with them.
#[derive(Clone, Debug)]
pub struct Pages {
    files: Arc<BTreeMap<String, Bytes>>,
    policy: HeaderValue,
}

impl Pages {
    /// Reads the files of a folder.
    ///
    /// # Errors
    /// [`PagesError`].
    pub fn read(folder: &Path) -> Result<Self, PagesError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| PagesError::Read { path, source }
        };
        let mut files = BTreeMap::new();
        let mut bytes = 0;
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let served = |name: &&str| path.is_file() && is_plain(name) && media_type(name).is_some();
            let Some(name) = name.filter(served) else {
                return Err(PagesError::Unknown(path));
            };
            bytes += fs::metadata(&path).map_err(unreadable(&path))?.len();
            if bytes > MAX_BYTES {
                return Err(PagesError::TooLarge(bytes));
            }
            if files.len() == MAX_FILES {
                return Err(PagesError::TooMany);
            }
            let content = fs::read(&path).map_err(unreadable(&path))?;
            files.insert(name.to_owned(), Bytes::from(content));
        }
        if !files.contains_key(INDEX) {
            return Err(PagesError::Missing(INDEX));
        }
        let settings = files.get(SETTINGS).ok_or(PagesError::Missing(SETTINGS))?;
        let policy = policy(&serde_json::from_slice(settings)?)?;
        Ok(Self {
            files: Arc::new(files),
            policy,
        })
    }

    /// Adds the pages to a router, at `/portal/`.
    pub(crate) fn mount(&self, router: Router) -> Router {
        let (first, all) = (self.clone(), self.clone());
        router
            .route("/portal", get(async || Redirect::permanent("/portal/")))
            .route(
                "/portal/",
                get(move |headers: HeaderMap| async move { first.answer(INDEX, &headers) }),
            )
            .route(
                "/portal/{file}",
                get(move |InPath(name): InPath<String>, headers: HeaderMap| async move { all.answer(&name, &headers) }),
            )
    }

    fn answer(&self, name: &str, request: &HeaderMap) -> Response {
        let (Some(file), Some(media_type)) = (self.files.get(name), media_type(name)) else {
            return Problem::no_such_path().into_response();
        };
        let packed = self
            .files
            .get(&format!("{name}{PACKED}"))
            .filter(|_| takes_gzip(request));
        let mut response = packed.unwrap_or(file).clone().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        if packed.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let kept = if [INDEX, SETTINGS].contains(&name) {
            ASKED_ANEW
        } else {
            KEPT
        };
        headers.insert(header::CACHE_CONTROL, kept);
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.extend(HEADERS);
        response
    }
}

/// Whether a name has letters, digits, `-`, `_` and `.` alone, and does not begin with a dot.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.starts_with('.') && name.bytes().all(plain)
}

fn media_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.strip_suffix(PACKED).unwrap_or(name).rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => return None,
    })
}

/// Whether a request takes gzip, in the plain form in which browsers say so.
fn takes_gzip(request: &HeaderMap) -> bool {
    let accepted = request
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|coding| coding.trim() == "gzip"))
}

/// The policy of pages that talk to their own server and to those of their settings. Scripts may compile WebAssembly and
/// no text; markup of text is not taken from anywhere (Trusted Types).
fn policy(settings: &Settings) -> Result<HeaderValue, PagesError> {
    let mut others = vec![settings.chain.as_str()];
    let servers = settings.custodians.iter().chain(&settings.proxies);
    others.extend(servers.map(|server| server.url.as_str()));
    for address in &others {
        // A node's address is checked as its twin of HTTP.
        let as_origin = match address.strip_prefix("ws") {
            Some(rest) => format!("http{rest}"),
            None => (*address).to_owned(),
        };
        if as_origin.parse::<Origin>().is_err() {
            return Err(PagesError::Address((*address).to_owned()));
        }
    }
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self' {}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        others.join(" ")
    );
    HeaderValue::from_str(&policy).map_err(|_| PagesError::Address(others.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS_TEXT: &str = r#"{"chain":"ws://127.0.0.1:9944","custodians":[{"url":"https://tokens.example","name":"a"}],
        "proxies":[{"url":"https://union.example"},{"url":"https://chamber.example:8443"}],"name":"b"}"#;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        for (name, content) in files {
            fs::write(folder.path().join(name), content).expect("there is room for a file");
        }
        folder
    }

    fn text(response: &Response, name: HeaderName) -> &str {
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    #[test]
    fn pages_go_out_under_a_policy_that_names_the_servers_of_their_settings() {
        let folder = folder(&[
            (INDEX, "<!doctype html>"),
            (SETTINGS, SETTINGS_TEXT),
            ("main-1.js", "1"),
            ("main-1.js.gz", "packed"),
        ]);
        let pages = Pages::read(folder.path()).expect("the folder can be served");
        let index = pages.answer(INDEX, &HeaderMap::new());
        let policy = text(&index, header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.contains(
                "connect-src 'self' ws://127.0.0.1:9944 https://tokens.example https://union.example \
                 https://chamber.example:8443;"
            ),
            "{policy}"
        );
        assert!(!policy.contains("'unsafe-"), "{policy}");
        assert_eq!(text(&index, header::CACHE_CONTROL), "no-cache");
        let plain = pages.answer("main-1.js", &HeaderMap::new());
        assert_eq!(text(&plain, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(text(&plain, header::CONTENT_ENCODING), "");
        let takes = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("br, gzip"))]);
        assert_eq!(
            text(&pages.answer("main-1.js", &takes), header::CONTENT_ENCODING),
            "gzip"
        );
        for name in ["other.js", "..", "main-1.js.gz.gz", ""] {
            assert_eq!(pages.answer(name, &takes).status(), 404, "{name}");
        }
    }

    #[test]
    fn what_is_no_portal_is_refused() {
        let refused = |files: &[(&str, &str)]| {
            Pages::read(folder(files).path())
                .expect_err("it is no portal")
                .to_string()
        };
        assert!(refused(&[]).contains("no index.html"));
        assert!(refused(&[(INDEX, "")]).contains("no portal.json"));
        assert!(refused(&[(INDEX, ""), (SETTINGS, "{}")]).contains("where `chain`"));
        assert!(refused(&[(INDEX, ""), (SETTINGS, SETTINGS_TEXT), ("a.exe", "")]).contains("a.exe is nothing"));
        for address in ["http://a; script-src *", "*", "javascript:1", "ws://a/", "wsx://a"] {
            for settings in [
                format!(r#"{{"chain":"{address}","custodians":[]}}"#),
                format!(r#"{{"chain":"ws://a","custodians":[],"proxies":[{{"url":"{address}"}}]}}"#),
            ] {
                let said = refused(&[(INDEX, ""), (SETTINGS, &settings)]);
                assert!(said.contains("has the address"), "{address}: {said}");
            }
        }
        assert!(matches!(
            Pages::read(Path::new("/nowhere")),
            Err(PagesError::Read { .. })
        ));
    }
}
