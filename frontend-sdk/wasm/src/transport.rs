//! HTTP, as JavaScript gives it.

use crate::{
    host::{Host, Thrown},
    json,
};
use aegle_client::remote::{Request, Response, Transport, TransportError};
use aegle_rules::Timestamp;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

/// A server through the HTTP of JavaScript.
pub(crate) struct HostTransport {
    pub(crate) host: Host,
    pub(crate) url: String,
}

impl HostTransport {
    fn error(&self, value: &JsValue) -> TransportError {
        TransportError {
            url: self.url.clone(),
            source: Thrown::new(value).into(),
        }
    }
}

impl Transport for HostTransport {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let Request {
            method,
            path,
            headers,
            content_type,
            body,
        } = request;
        let head = json::write(&serde_json::json!({
            "url": format!("{}{path}", self.url),
            "method": method,
            "headers": headers,
            "contentType": content_type,
        }));
        let answer = self.host.send(&head, body).await.map_err(|error| self.error(&error))?;
        let field = |name: &str| Reflect::get(&answer, &name.into()).map_err(|error| self.error(&error));
        let status = field("status")?.as_f64().unwrap_or_default() as u16;
        let body = Uint8Array::from(field("body")?).to_vec();
        Ok(Response { status, body })
    }

    fn now(&self) -> Timestamp {
        js_sys::Date::now() as Timestamp
    }

    async fn pause(&self, milliseconds: u32) {
        // Whoever gives up says so at the next request.
        let _ = self.host.pause(milliseconds).await;
    }
}
