#![allow(clippy::unwrap_used)]
use super::*;

const CONTRACT: AccountId = AccountId([7; 32]);

fn answer(result: &[u8], events: &[u8]) -> Vec<u8> {
    let head = (
        (Compact(7_u64), Compact(8_u64)),
        (Compact(100_u64), Compact(10_u64)),
        (1_u8, 5_u128),
        b"debug".to_vec(),
    );
    [head.encode(), result.to_vec(), events.to_vec()].concat()
}

fn returned(flags: u32, data: &[u8]) -> Vec<u8> {
    (0_u8, flags, data.to_vec()).encode()
}

#[test]
fn an_answer_says_what_was_returned_and_what_it_took() {
    let bytes = answer(&returned(1, &[0, 1]), &[0]);
    let decoded = Answer::<Returned>::decode(&bytes).unwrap();
    let run = decoded.result.unwrap();
    assert!(run.is_reverted());
    assert_eq!(run.into_data(), [0, 1]);
    assert_eq!(decoded.consumed, Weight { time: 7, proof: 8 });
    assert_eq!(decoded.gas_limit, Weight { time: 125, proof: 12 });
    assert_eq!(decoded.deposit, 5);
}

#[test]
fn an_answer_may_be_why_the_runtime_refused() {
    let bytes = answer(&[1, 3, 8, 4, 0, 0, 0], &[1, 0]);
    let decoded = Answer::<Returned>::decode(&bytes).unwrap();
    let refused = DispatchError::Module {
        pallet: 8,
        error: [4, 0, 0, 0],
    };
    assert_eq!(decoded.result, Err(refused));
}

#[test]
fn a_deployment_says_where_the_contract_would_be() {
    let result = (0_u8, 0_u32, vec![0_u8], CONTRACT).encode();
    let bytes = answer(&result, &[1, 0]);
    let decoded = Answer::<Instantiated>::decode(&bytes).unwrap();
    assert_eq!(decoded.result.unwrap().contract, CONTRACT);
    // One answer is not the other.
    assert!(Answer::<Returned>::decode(&bytes).is_err());
}

#[test]
fn events_are_left_to_the_metadata_and_nothing_else_is() {
    for (end, events) in [(&[0][..], &[][..]), (&[1, 0], &[]), (&[1, 8, 9, 9, 9], &[8, 9, 9, 9])] {
        let bytes = answer(&returned(0, &[0]), end);
        assert_eq!(Answer::<Returned>::decode(&bytes).unwrap().events, events);
    }
    for end in [&[][..], &[0, 0], &[1], &[1, 0, 0], &[2], &[2, 0], &[1, 1]] {
        let bytes = answer(&returned(0, &[0]), end);
        assert!(Answer::<Returned>::decode(&bytes).is_err(), "{end:?}");
    }
}

#[test]
fn a_cut_answer_is_refused_at_every_length() {
    for whole in [
        answer(&returned(0, &[0, 5, 0, 0, 0]), &[1, 0]),
        answer(&[1, 3, 8, 4, 0, 0, 0], &[1, 0]),
    ] {
        assert!(Answer::<Returned>::decode(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(
                Answer::<Returned>::decode(&whole[..length]).is_err(),
                "{length} of {}",
                whole.len()
            );
        }
        assert!(Answer::<Returned>::decode(&[whole, vec![0]].concat()).is_err());
    }
}

#[test]
fn an_output_is_what_the_message_promises_and_nothing_else() {
    let decode = |data: &[u8]| output::<u32>(data, CONTRACT, "check");
    assert_eq!(decode(&[0, 5, 0, 0, 0]).unwrap(), 5);
    assert!(matches!(
        decode(&[1, 1]),
        Err(ChainError::UnknownMessage {
            contract: CONTRACT,
            message: "check"
        })
    ));
    for data in [
        &[][..],
        &[0],
        &[0, 5, 0, 0],
        &[0, 5, 0, 0, 0, 0],
        &[1],
        &[1, 1, 0],
        &[2, 5, 0, 0, 0],
    ] {
        assert!(matches!(decode(data), Err(ChainError::Decode { .. })), "{data:?}");
    }
}

#[test]
fn arguments_are_those_of_the_runtime_api() {
    let call = Call {
        origin: AccountId([1; 32]),
        contract: CONTRACT,
        value: 3,
        data: &[9, 9],
    };
    let expected = [
        &[1; 32][..],
        &[7; 32],
        &3_u128.to_le_bytes(),
        // Neither a limit of gas nor of the deposit.
        &[0, 0],
        &[8, 9, 9],
    ]
    .concat();
    assert_eq!(call.arguments(), expected);
    let instantiation = Instantiation {
        origin: AccountId([1; 32]),
        code: &[4],
        data: &[9, 9],
        salt: &[6],
    };
    let expected = [
        &[1; 32][..],
        &0_u128.to_le_bytes(),
        &[0, 0],
        &[0, 4, 4],
        &[8, 9, 9],
        &[4, 6],
    ]
    .concat();
    assert_eq!(instantiation.arguments(), expected);
}
