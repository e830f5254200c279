//! What a path names.
use aegle_http::Problem;
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

/// Reads a parameter of the path; a path that cannot be read is a problem document, and says nothing else.
pub(super) async fn in_path<T: DeserializeOwned + Send>(parts: &mut Parts) -> Result<T, Problem> {
    let found = Path::<T>::from_request_parts(parts, &()).await;
    found
        .map(|Path(value)| value)
        .map_err(|_| Problem::invalid_request().because("the path names no such thing"))
}
