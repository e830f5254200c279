//! Faults of what the indexer stands on: nothing is lost by them, and nothing is said to be whole meanwhile.
use crate::{
    batches::two,
    support::{
        caller::{Answer, Caller},
        program::{Disk, Program},
        sealed::SealedBatch,
        world::World,
    },
};
use aegle_protocol::wire::SearchAnswer;
use aegle_sealed::Keyword;
use tempfile::TempDir;

fn status() -> Keyword {
    Keyword::status("final").unwrap()
}

pub(crate) async fn send(admin: &Caller<'_>, world: &World, batch: &SealedBatch) -> Answer {
    admin.send("POST", "/v1/ciphertexts", batch.upload()).await.expect(201);
    world.anchor(batch).await;
    admin.send("POST", "/v1/batches", batch.bundle.to_bytes()).await
}

/// Returns the batches of what the patient finds in the first `to` batches.
pub(crate) async fn found(patient: &Caller<'_>, world: &World, to: u32) -> Vec<u32> {
    let answer = patient.post("/v1/search", &world.search(&status(), to)).await;
    let answer: SearchAnswer = answer.json();
    answer.hits.iter().map(|hit| hit.batch.0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_the_index_loses_nothing() {
    let (world, data) = (World::new().await, TempDir::new().unwrap());
    let disk = Disk::at(data.path().join("index"), 1_024);
    let program = Program::on_disk(&world, &world.database, data.path(), &disk);
    world.until_readiness_is(&program.url, "ready").await;
    let admin = program.caller(&world, &world.admin).await;
    let patient = program.caller(&world, &world.patient).await;
    let (first, second, third) = (two(&world, 0), two(&world, 1), two(&world, 2));
    send(&admin, &world, &first).await.expect(201);
    assert_eq!(found(&patient, &world, 1).await, [0, 0]);

    let filler = disk.fill();
    let behind = (503, "index-behind".to_owned());
    assert_eq!(send(&admin, &world, &second).await.reason(), behind);
    world.until_readiness_is(&program.url, "index-behind").await;
    // It is stored, and not yet found: nobody is told that it is there, and nobody's search leaves it out.
    let again = admin.send("POST", "/v1/batches", second.bundle.to_bytes()).await;
    assert_eq!(again.reason(), behind);
    let search = patient.post("/v1/search", &world.search(&status(), 2)).await;
    assert_eq!(search.reason(), behind);

    std::fs::remove_file(filler).unwrap();
    world.until_readiness_is(&program.url, "ready").await;
    assert_eq!(found(&patient, &world, 2).await, [1, 1, 0, 0]);
    let again = admin.send("POST", "/v1/batches", second.bundle.to_bytes()).await;
    again.expect(204);
    // What comes after the fault is found as well.
    send(&admin, &world, &third).await.expect(201);
    assert_eq!(found(&patient, &world, 3).await, [2, 2, 1, 1, 0, 0]);
    program.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_at_the_start_is_said_and_made_up_for() {
    let (world, data) = (World::new().await, TempDir::new().unwrap());
    let (database, elsewhere) = (&world.database, TempDir::new().unwrap());
    let disk = Disk::at(data.path().join("index"), 1_024);
    let program = Program::on_disk(&world, database, data.path(), &disk);
    world.until_readiness_is(&program.url, "ready").await;
    let admin = program.caller(&world, &world.admin).await;
    send(&admin, &world, &two(&world, 0)).await.expect(201);
    program.stop();
    // Two batches come to the same database while the disk fills up.
    let program = Program::start(&world, database, elsewhere.path());
    world.until_readiness_is(&program.url, "ready").await;
    let admin = program.caller(&world, &world.admin).await;
    for number in [1, 2] {
        send(&admin, &world, &two(&world, number)).await.expect(201);
    }
    program.stop();
    let filler = disk.fill();

    let program = Program::on_disk(&world, database, data.path(), &disk);
    world.until_readiness_is(&program.url, "index-behind").await;
    let patient = program.caller(&world, &world.patient).await;
    let search = patient.post("/v1/search", &world.search(&status(), 3)).await;
    assert_eq!(search.reason(), (503, "index-behind".to_owned()));
    std::fs::remove_file(filler).unwrap();
    world.until_readiness_is(&program.url, "ready").await;
    assert_eq!(found(&patient, &world, 3).await, [2, 2, 1, 1, 0, 0]);
    program.stop();
}
