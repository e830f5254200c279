use super::*;

const TIME: Timestamp = 1_000_000_000;
const WEEK_MS: u64 = 604_800_000;
const ALL: [Which; 3] = [Which::Consortium, Which::Consent, Which::Ledger];

fn upgrade(byte: u8, not_before: Timestamp) -> Upgrade {
    Upgrade {
        code_hash: Hash([byte; 32]),
        layout: byte.into(),
        not_before,
    }
}

#[test]
fn an_upgrade_is_due_from_its_time_on_for_a_week() {
    let early = Err(ConsortiumError::TooEarly);
    let expired = Err(ConsortiumError::Expired);
    for (now, expected) in [
        (0, early),
        (TIME - 1, early),
        (TIME, Ok(())),
        (TIME + 1, Ok(())),
        (TIME + WEEK_MS - 1, Ok(())),
        (TIME + WEEK_MS, expired),
        (TIME + WEEK_MS + 1, expired),
        (Timestamp::MAX, expired),
    ] {
        assert_eq!(upgrade(1, TIME).is_due(now), expected, "{now}");
        for contract in ALL {
            let mut upgrades = Upgrades::default();
            let nothing = Err(ConsortiumError::NothingScheduled);
            assert_eq!(upgrades.due(contract, now), nothing);
            upgrades.set(contract, Some(upgrade(1, TIME)));
            let due = upgrades.due(contract, now);
            assert_eq!(due, expected.map(|()| upgrade(1, TIME)), "{contract:?} at {now}");
        }
    }
}

#[test]
fn an_upgrade_at_the_end_of_time_does_not_overflow() {
    for not_before in [Timestamp::MAX, Timestamp::MAX - WEEK_MS, Timestamp::MAX - WEEK_MS + 1] {
        let late = upgrade(1, not_before);
        assert_eq!(late.is_due(not_before - 1), Err(ConsortiumError::TooEarly));
        assert_eq!(late.is_due(Timestamp::MAX), Err(ConsortiumError::Expired));
    }
}

#[test]
fn each_contract_has_an_upgrade_of_its_own() {
    for contract in ALL {
        let mut upgrades = Upgrades::default();
        for byte in [1, 2] {
            upgrades.set(contract, Some(upgrade(byte, TIME)));
            for other in ALL {
                let expected = (other == contract).then_some(upgrade(byte, TIME));
                assert_eq!(upgrades.of(other), expected, "{other:?} after {contract:?}");
            }
        }
        upgrades.set(contract, None);
        assert_eq!(upgrades, Upgrades::default());
    }
}

#[test]
fn code_reads_a_root_cell_of_its_own_layout_alone() {
    let kept = KeptLayout::default();
    assert_eq!(kept.encode(), [1]);
    for byte in 0..=u8::MAX {
        let read = KeptLayout::decode(&mut &[byte][..]).ok();
        assert_eq!(read, (byte == 1).then_some(kept), "{byte}");
    }
    assert!(KeptLayout::decode(&mut &[][..]).is_err());
    for contract in [Which::Consortium, Which::Consent, Which::Ledger] {
        assert_eq!(Layout::of(contract).version, KeptLayout::VERSION);
    }
}
