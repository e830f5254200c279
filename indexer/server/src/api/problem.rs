//! What a caller hears of a fault of ours: never what a store or a library said.
use crate::{
    budget::BudgetError,
    gate::{GateError, NotReady},
    labels::LabelsError,
    store::StoreError,
    vault::VaultError,
};
use aegle_http::Problem;
use aegle_policy::PolicyError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::Corrupt { .. } => Problem::internal(),
            StoreError::Fenced => Problem::fenced(),
            _ => Problem::unavailable(),
        }
    }
}

impl From<BudgetError> for Problem {
    fn from(error: BudgetError) -> Self {
        match error {
            BudgetError::Store(error) => error.into(),
            BudgetError::Policy(error) => GateError::from(error).into(),
            error => Problem::quota_spent().because(error),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "the vault failed");
        Problem::unavailable()
    }
}

impl From<GateError> for Problem {
    fn from(error: GateError) -> Self {
        tracing::warn!(%error, "refused: the chain cannot be asked");
        match error {
            GateError::Policy(stale @ PolicyError::Stale { .. }) => Problem::chain_stale().because(stale),
            GateError::Fenced => Problem::fenced(),
            GateError::NeedsUpgrade => Problem::needs_upgrade().because(error),
            _ => Problem::chain_unavailable(),
        }
    }
}

impl From<NotReady> for Problem {
    fn from(state: NotReady) -> Self {
        tracing::debug!(%state, "not ready");
        let problem = match state {
            NotReady::Connecting => Problem::connecting(),
            NotReady::Disconnected => Problem::disconnected(),
            NotReady::NodeSilent => Problem::node_silent(),
            NotReady::CatchingUp { .. } => Problem::catching_up(),
            NotReady::NodeBehind => Problem::node_behind(),
            NotReady::Stale => Problem::chain_stale(),
            NotReady::Halted => Problem::ingestion_stopped(),
            NotReady::Part(_) => Problem::part_stopped(),
            NotReady::Fenced => Problem::fenced(),
            NotReady::NeedsUpgrade => Problem::needs_upgrade(),
        };
        problem.because(state)
    }
}

impl From<LabelsError> for Problem {
    fn from(error: LabelsError) -> Self {
        match error {
            LabelsError::OtherEpoch(reason) => Problem::token_epoch().because(reason),
            LabelsError::SpanCut(reason) => Problem::token_window().because(reason),
            LabelsError::Refused(reason) => Problem::invalid_token().because(reason),
            LabelsError::TooManyBatches { .. } | LabelsError::TooManyLabels { .. } => {
                Problem::too_many_candidates().because(error)
            }
            error if error.is_mended_by_following() => {
                tracing::error!(%error, "refused: the label index does not follow Postgres");
                Problem::index_behind()
                    .because("what is stored is not all found: everything is searched again once the index was mended")
            }
            error => {
                tracing::error!(%error, "the label index failed");
                Problem::unavailable()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::{
        http::{StatusCode, header},
        response::IntoResponse,
    };

    #[tokio::test]
    async fn a_problem_says_its_code_and_nothing_of_the_inside() {
        let response = Problem::from(StoreError::Corrupt {
            column: "secret_column",
        })
        .into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 4_096).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(!text.contains("secret_column"), "{text}");
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["code"], "internal");
        assert_eq!(document["status"], 500);
        assert_eq!(document["reason"], "internal");
        assert_eq!(document["type"], "about:blank");
    }
}
