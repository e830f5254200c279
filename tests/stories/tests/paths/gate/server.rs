//! FHIR servers to stand behind a gate: Medplum's, in its own program, and one that gives what it is told to.

use axum::{Router, extract::Request, http::header, response::IntoResponse};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::Arc,
};
use tokio::net::TcpListener;

/// The most entries that Medplum's server gives of one search.
const ALL: &str = "1000";

/// Medplum's FHIR server.
pub(crate) struct FhirServer {
    child: Child,
    // It ends when this does.
    _input: ChildStdin,
    pub(crate) url: String,
    http: reqwest::Client,
}

impl FhirServer {
    pub(crate) fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fhir-server");
        let installed = folder.join("node_modules/@medplum/fhir-router").exists();
        assert!(installed, "the FHIR server is missing: run scripts/fhir-server.sh");
        let script = ". ../../scripts/node.sh; exec node server.mjs";
        let mut child = Command::new("bash")
            .args(["-c", script])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .strip_prefix("listening on ")
            .expect("it listens")
            .trim()
            .to_owned();
        Self {
            _input: child.stdin.take().unwrap(),
            child,
            url,
            http: reqwest::Client::new(),
        }
    }

    /// Stores a resource under its id; returns it as it is stored, with its version.
    pub(crate) async fn put(&self, resource: &str) -> Value {
        let read: Value = serde_json::from_str(resource).unwrap();
        let text = |member: &str| read[member].as_str().unwrap();
        let url = format!("{}/{}/{}", self.url, text("resourceType"), text("id"));
        let request = self
            .http
            .put(url)
            .header(header::CONTENT_TYPE.as_str(), "application/fhir+json");
        let answer = request.body(resource.to_owned()).send().await.unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{status}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Everything that a search finds, in its order.
    pub(crate) async fn found(&self, resource_type: &str, parameters: &[(&str, &str)]) -> Vec<Value> {
        let mut url = reqwest::Url::parse(&format!("{}/{resource_type}", self.url)).unwrap();
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .append_pair("_count", ALL);
        let answer = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let bundle: Value = serde_json::from_str(&answer).unwrap();
        let none = Vec::new();
        let entries = bundle["entry"].as_array().unwrap_or(&none);
        let found: Vec<Value> = entries.iter().map(|entry| entry["resource"].clone()).collect();
        assert_eq!(bundle["total"].as_u64(), Some(found.len() as u64), "{answer}");
        found
    }
}

impl Drop for FhirServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page that a server gives: its entries, its total, and the address of the next one.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) resources: Vec<Value>,
    pub(crate) total: Option<usize>,
    pub(crate) next: Option<String>,
}

/// Starts a server that answers every search with the page of the number in `page`, the first without one; `None` of them are an
/// answer that is no FHIR.
pub(crate) async fn serve(pages: Vec<Option<Page>>) -> String {
    let pages = Arc::new(pages);
    let answer = move |request: Request| {
        let number = request.uri().query().and_then(|query| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .filter(|(name, _)| *name == "page")
                .find_map(|(_, value)| value.parse().ok())
        });
        let page = pages.get(number.unwrap_or(0_usize)).cloned().flatten();
        async move {
            let Some(Page { resources, total, next }) = page else {
                return (axum::http::StatusCode::OK, "<html>please sign in</html>".to_owned()).into_response();
            };
            let entry: Vec<Value> = resources
                .iter()
                .map(|resource| json!({ "resource": resource }))
                .collect();
            let links: Vec<Value> = next
                .iter()
                .map(|url| json!({ "relation": "next", "url": url }))
                .collect();
            let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "entry": entry, "link": links });
            if let Some(total) = total {
                bundle["total"] = total.into();
            }
            ([(header::CONTENT_TYPE, "application/fhir+json")], bundle.to_string()).into_response()
        }
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}
