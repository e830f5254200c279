//! A long replay: each page reads what it tells, and not what comes after it.
use crate::support::database::TestDatabase;
use serde_json::Value;
use tokio_postgres::SimpleQueryMessage;

/// Events of each audience, and erasure requests of others.
const EVENTS: u32 = 20_000;
/// Whom the listener is.
const AUDIENCES: u32 = 8;
/// Notifications of a page.
const PAGE: u32 = 32;
/// Rows that a page may look at: a page of each audience and a few more at each of their ends, and for each that it tells the event
/// and the block.
const MOST: f64 = (PAGE * AUDIENCES * 2 + PAGE * 8) as f64;

const SQL: &str = include_str!("../../../queries/notifications_after.sql");

/// Stores a long history: every block has an event for each audience, and an erasure that is nobody's here; every hundredth one an
/// erasure of the patient's own record.
async fn history(database: &TestDatabase) -> tokio_postgres::Client {
    database.store().await;
    let client = database.connect().await;
    client
        .batch_execute(&format!(
            "insert into blocks (number, hash, timestamp) select n, sha256(n::text::bytea), n from generate_series(1, {EVENTS}) n;
             insert into events (block, index, contract, topic, data, known)
                select n, i, sha256('contract'), sha256('topic'), 'data', true
                from generate_series(1, {EVENTS}) n, generate_series(0, {AUDIENCES} + 1) i;
             insert into notifications (audience, block, index)
                select int4send(a), n, a from generate_series(1, {EVENTS}) n, generate_series(1, {AUDIENCES}) a;
             insert into records (id, domain, batch, number, patient, slot, confidentiality, author, authored_at, row, leaf,
                    key_slot, key_generation)
                select substring(sha256(n::text::bytea) for 16), 1, n, 0,
                    case when n % 100 = 0 then sha256('patient') else sha256('other') end,
                    0, 0, sha256('author'), 0, 'row', sha256('leaf'), n, 1
                from generate_series(1, {EVENTS}) n;
             insert into erasure_requests (domain, request, batch, numbers)
                select 1, n, n, array[0::bigint] from generate_series(1, {EVENTS}) n;
             insert into erasure_events (domain, request, block, index)
                select 1, n, n, 0 from generate_series(1, {EVENTS}) n;
             analyze;
             prepare page (bytea[], bigint, integer, bytea, bigint) as {SQL};"
        ))
        .await
        .unwrap();
    client
}

/// Calls the page after a place, as the listener or a patient without audiences, through `how`.
fn call(how: &str, after: u32, audiences: u32) -> String {
    let audiences: Vec<String> = (1..=audiences)
        .map(|audience| format!("int4send({audience})"))
        .collect();
    let audiences = format!("array[{}]::bytea[]", audiences.join(", "));
    format!("{how} execute page ({audiences}, {after}, 1000, sha256('patient'), {PAGE})")
}

async fn first_column(client: &tokio_postgres::Client, sql: &str) -> Vec<String> {
    let answer = client.simple_query(sql).await.unwrap();
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
        _ => None,
    });
    rows.collect()
}

/// Returns how many rows of tables and indexes a plan has looked at.
fn looked_at(plan: &Value) -> f64 {
    let number = |name: &str| plan[name].as_f64().unwrap_or_default();
    let own = match plan["Relation Name"].is_string() {
        true => {
            let rows =
                number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
            rows * number("Actual Loops")
        }
        false => 0.0,
    };
    let none = Vec::new();
    let below = plan["Plans"].as_array().unwrap_or(&none);
    own + below.iter().map(looked_at).sum::<f64>()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_looks_at_no_more_than_a_page_of_each_audience() {
    let database = TestDatabase::new().await;
    let client = history(&database).await;
    for mode in ["force_custom_plan", "force_generic_plan"] {
        client
            .batch_execute(&format!("set plan_cache_mode = {mode}"))
            .await
            .unwrap();
        for after in [0, EVENTS / 2, EVENTS - 10] {
            let explained = call("explain (analyze, format json)", after, AUDIENCES);
            let text = first_column(&client, &explained).await.join("\n");
            let plan: Value = serde_json::from_str(&text).unwrap();
            let rows = looked_at(&plan[0]["Plan"]);
            assert!(
                rows <= MOST,
                "{mode}, after {after}: {rows} rows, {MOST} at most\n{text}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_the_whole_history_in_order() {
    let database = TestDatabase::new().await;
    let client = history(&database).await;
    // The patient's own erasures stand between what the audiences hear.
    let block = |row: &String| row.parse::<u32>().unwrap();
    let (mut told, mut after) = (Vec::new(), EVENTS - 250);
    loop {
        let page: Vec<u32> = first_column(&client, &call("", after, 0))
            .await
            .iter()
            .map(block)
            .collect();
        let Some(last) = page.last() else { break };
        after = *last;
        told.extend(page);
    }
    assert_eq!(told, [EVENTS - 200, EVENTS - 100, EVENTS]);
    let page: Vec<u32> = first_column(&client, &call("", 97, 2))
        .await
        .iter()
        .map(block)
        .collect();
    let expected: Vec<u32> = (98..)
        .flat_map(|block| vec![block; if block % 100 == 0 { 3 } else { 2 }])
        .take(PAGE as usize)
        .collect();
    assert_eq!(page, expected);
}
