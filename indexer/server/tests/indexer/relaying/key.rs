//! The file with the key of the account that pays.
use crate::support::{caller::answer, program::Program, world::World};
use aegle_client::account::AccountKey;
use aegle_protocol::wire::Status;
use std::{fs, os::unix::fs::MetadataExt};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_in_a_file_of_a_bare_name() {
    let world = World::on_devchain().await;
    let folder = tempfile::tempdir().unwrap();
    let account = async || {
        let program = Program::start_relaying_in(&world, &world.database, folder.path(), "payer.seed".as_ref());
        let status = answer(world.http.get(format!("{}/v1/status", program.url))).await;
        program.stop();
        status.json::<Status>().relayer.unwrap().account
    };
    let first = account().await;
    let key = folder.path().join("payer.seed");
    assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o600);
    assert_eq!(
        AccountKey::from_seed(&fs::read(&key).unwrap().try_into().unwrap()).account(),
        first
    );
    assert_eq!(account().await, first, "the same one again");
}
