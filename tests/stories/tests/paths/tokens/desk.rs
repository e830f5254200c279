//! A hospital's token service, and what is asked of it.

use crate::story::{observation, world_with};
use aegle_client::{
    clinician::reader::Reader,
    native::{ServerAddress, TokenServiceClient},
    remote::Transport,
    search::{
        asking::Asking,
        tokens::{TokenService, TokensError},
    },
};
use aegle_http::Listen;
use aegle_rules::{
    AccountId, Purposes,
    consortium::{Action, Role},
};
use aegle_sealed::{SearchToken, query::ParsedQuery};
use aegle_stories::{
    hospital::{Hospital, enact},
    world::{Person, World},
};
use aegle_token_service::{AuditEntry, Quota, ServiceConfig, Serving};
use std::{fs, path::PathBuf, sync::Arc};

/// The end of every role of the tests.
const LATER: u64 = 4_000_000_000_000;

/// A world with a token service.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) service: Serving,
    pub(crate) folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) async fn open(quota: Quota) -> Self {
        let chart = [
            observation("one", "Systolic blood pressure", &[]),
            observation("two", "Haemoglobin", &[]),
        ];
        let world = world_with(&chart).await;
        let folder = tempfile::tempdir().unwrap();
        let service = serve(&world, world.hospital(), folder.path().join("audit.jsonl"), quota).await;
        Self { world, service, folder }
    }

    pub(crate) fn person(&self) -> &Person {
        &self.world.people[0]
    }

    pub(crate) fn client(&self) -> TokenServiceClient {
        TokenServiceClient::at(&address(&self.service), self.world.deployment().contracts()).unwrap()
    }

    pub(super) async fn tokens<T: Transport>(
        &self,
        service: &TokenService<T>,
        reader: &Reader,
        asking: &Asking,
        query: &ParsedQuery,
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        let (aegle, domain) = (self.world.deployment().aegle(), self.world.hospital().domain());
        service.tokens(&aegle, reader.key(), domain, asking, &query.terms).await
    }

    pub(super) fn treatment(&self, reader: &Reader) -> Asking {
        Asking::patient(reader.key().account(), self.person().account(), Purposes::TREAT)
    }

    pub(super) fn audit(&self) -> Vec<AuditEntry> {
        let text = fs::read_to_string(self.folder.path().join("audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(super) async fn employ(&self, reader: &Reader, roles: aegle_rules::Roles) {
        let role = Role {
            roles,
            organisation: self.world.hospital().organisation(),
            until: LATER,
        };
        let account = reader.key().account();
        enact(self.world.deployment(), Action::SetRole { account, role })
            .await
            .unwrap();
    }
}

/// A service as its users know it.
pub(crate) fn address(service: &Serving) -> ServerAddress {
    ServerAddress::new(service.url(), service.account())
}

/// Where nothing listens.
pub(crate) fn nowhere() -> ServerAddress {
    ServerAddress::new("http://127.0.0.1:1", AccountId([0; 32]))
}

pub(crate) async fn serve(world: &World, hospital: &Hospital, audit: PathBuf, quota: Quota) -> Serving {
    let deployment = world.deployment();
    let config = ServiceConfig {
        listen: Listen::plain(([127, 0, 0, 1], 0).into()),
        audit,
        quota,
    };
    let (chain, contracts) = (deployment.chain().clone(), *deployment.contracts());
    Serving::start(Arc::new(hospital.again()), chain, contracts, config)
        .await
        .unwrap()
}
