//! Requests that no well-behaved client makes.

use std::time::Duration;

use aegle_devchain::{Devchain, Options, StartError};
use serde_json::{Value, json};
use subxt::rpcs::{RpcClient, rpc_params};
use subxt_signer::sr25519::dev;

use crate::driver::{Outcome, Running, error_code, hex_of, timed, transfer};

async fn ask(rpc: &RpcClient, method: &str, params: Vec<Value>) -> Result<Value, i32> {
    let mut built = subxt::rpcs::client::RpcParams::new();
    for param in params {
        built.push(param).expect("JSON is serialisable");
    }
    let answer: Result<Value, _> = rpc.request(method, built).await;
    answer.map_err(|error| error_code::<()>(Err(error)).unwrap_or_default())
}

#[tokio::test]
async fn malformed_requests_are_answered_with_an_error_and_the_chain_lives() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let unknown = hex_of(&[7; 32]);
    let long_key = hex_of(&[0xff; 100_000]);
    let many: Vec<&str> = vec!["0x00"; 1025];
    let table = [
        ("state_call", vec![json!("ContractsApi_call"), json!("0x00")], 4003),
        ("state_call", vec![json!("ContractsApi_call"), json!(long_key)], 4003),
        ("state_call", vec![json!("Core_execute_block"), json!(long_key)], 4003),
        ("state_call", vec![json!("Core_initialize_block"), json!("0x")], 4003),
        (
            "state_call",
            vec![json!("BlockBuilder_finalize_block"), json!("0x")],
            4003,
        ),
        (
            "state_call",
            vec![json!("TransactionPaymentApi_query_info"), json!("0x10")],
            4003,
        ),
        (
            "state_call",
            vec![json!("Metadata_metadata_at_version"), json!("0x")],
            4003,
        ),
        ("state_call", vec![json!("No_such_thing"), json!("0x")], 4003),
        (
            "state_call",
            vec![json!("Core_version"), json!("0x"), json!(unknown)],
            4003,
        ),
        ("state_getStorage", vec![json!("0x00"), json!(unknown)], 4003),
        ("state_getStorage", vec![json!("not hex")], -32602),
        ("state_getStorage", vec![], -32602),
        ("state_getKeysPaged", vec![json!("0x"), json!(1001)], 4002),
        ("state_queryStorageAt", vec![json!(many)], 4002),
        ("state_queryStorage", vec![json!([]), json!(unknown)], 4001),
        ("state_queryStorageAt", vec![json!([]), json!(unknown)], 4001),
        ("childstate_getStorage", vec![json!("0x1234"), json!("0x00")], 4003),
        (
            "childstate_getKeysPaged",
            vec![json!("0x1234"), json!("0x"), json!(1)],
            4003,
        ),
        ("chain_getBlockHash", vec![json!("twelve")], -32602),
        ("chain_getBlockHash", vec![json!(vec![0; 1025])], 4002),
        ("system_accountNextIndex", vec![json!("nobody")], -32602),
        ("payment_queryInfo", vec![json!("0x1234")], 4003),
        ("author_submitExtrinsic", vec![json!(7)], -32602),
        ("no_such_method", vec![], -32601),
    ];
    for (method, params, code) in table {
        let case = format!("{method} {params:.60?}");
        assert_eq!(ask(&running.rpc, method, params).await, Err(code), "{case}");
    }
    running
        .submit(&transfer(dev::bob().public_key().0, 1), &dev::alice())
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_does_not_exist_is_null() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let unknown = json!(hex_of(&[7; 32]));
    let table = [
        ("chain_getBlock", vec![unknown.clone()]),
        ("chain_getHeader", vec![unknown]),
        ("chain_getBlockHash", vec![json!(1_000_000)]),
        ("chain_getBlockHash", vec![json!("0xffffffffff")]),
        ("state_getStorage", vec![json!("0x00")]),
        ("state_getStorageSize", vec![json!("0x00"), Value::Null]),
    ];
    for (method, params) in table {
        assert_eq!(ask(&running.rpc, method, params).await, Ok(Value::Null), "{method}");
    }
    Ok(())
}

#[tokio::test]
async fn an_oversized_request_is_refused() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let too_long = "00".repeat(15 * 1024 * 1024);
    let answer = ask(&running.rpc, "author_submitExtrinsic", vec![json!(too_long)]).await;
    assert!(answer.is_err());
    let other = RpcClient::from_insecure_url(running.chain.ws_url()).await?;
    let header: Value = other.request("chain_getHeader", rpc_params![]).await?;
    assert_eq!(header["number"], "0x1");
    Ok(())
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() -> Outcome {
    let first = Devchain::start(Options::default()).await?;
    let port = first.ws_url().rsplit(':').next().ok_or("no port")?.parse()?;
    match Devchain::start(Options {
        port,
        ..Options::default()
    })
    .await
    {
        Err(StartError::Listen { address, .. }) => assert_eq!(address.port(), port),
        other => return Err(format!("{other:?}").into()),
    }
    Ok(())
}

#[tokio::test]
async fn storage_and_head_subscriptions_leave_no_block_out() -> Outcome {
    let hour = Duration::from_secs(3600);
    let running = Running::start(timed(hour)).await?;
    let now = sp_io::hashing::twox_128(b"Timestamp");
    let key = hex_of(&[now, sp_io::hashing::twox_128(b"Now")].concat());
    let mut storage = running
        .rpc
        .subscribe::<Value>("state_subscribeStorage", rpc_params![[key]], "state_unsubscribeStorage")
        .await?;
    let mut heads = running
        .rpc
        .subscribe::<Value>("chain_subscribeNewHeads", rpc_params![], "chain_unsubscribeNewHeads")
        .await?;
    for _ in 0..20 {
        running.chain.seal_block().await?;
    }
    for number in 1..=21 {
        let head = heads.next().await.ok_or("the subscription ended")??;
        assert_eq!(head["number"], format!("{number:#x}"));
        let set = storage.next().await.ok_or("the subscription ended")??;
        let hash: String = running.rpc.request("chain_getBlockHash", rpc_params![number]).await?;
        assert_eq!(set["block"], hash);
    }
    Ok(())
}

#[tokio::test]
async fn http_answers_what_websocket_answers() -> Outcome {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let running = Running::start(Options::default()).await?;
    let host = running.chain.http_url().replace("http://", "");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"chain_getFinalizedHead","params":[]}"#;
    let mut stream = tokio::net::TcpStream::connect(&host).await?;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let hash: String = running.rpc.request("chain_getFinalizedHead", rpc_params![]).await?;
    assert!(answer.contains(&hash), "{answer}");
    Ok(())
}
