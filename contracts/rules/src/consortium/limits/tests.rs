use super::*;

/// What sets one of the limits.
type Set = fn(&mut Limits, u64);

/// Each limit: its name, its least, its usual and its largest value, and what sets it.
const EACH: [(&str, u64, u64, u64, Set); 8] = [
    ("proposal_ms", 3_600_000, 604_800_000, 2_592_000_000, |limits, value| {
        limits.proposal_ms = value;
    }),
    ("timelock_ms", 3_600_000, 172_800_000, 2_592_000_000, |limits, value| {
        limits.timelock_ms = value;
    }),
    (
        "request_ms",
        3_600_000,
        1_209_600_000,
        7_776_000_000,
        |limits, value| {
            limits.request_ms = value;
        },
    ),
    ("glass_ms", 600_000, 14_400_000, 86_400_000, |limits, value| {
        limits.glass_ms = value;
    }),
    ("review_ms", 3_600_000, 259_200_000, 1_209_600_000, |limits, value| {
        limits.review_ms = value;
    }),
    ("glasses_per_day", 1, 5, 50, |limits, value| {
        limits.glasses_per_day = value.try_into().expect("a small number");
    }),
    ("erasure_ms", 3_600_000, 86_400_000, 1_209_600_000, |limits, value| {
        limits.erasure_ms = value;
    }),
    ("erasures_per_day", 64, 4_096, 65_536, |limits, value| {
        limits.erasures_per_day = value.try_into().expect("a small number");
    }),
];

#[test]
fn each_limit_has_its_bounds_and_its_default() {
    for (name, least, usual, largest, set) in EACH {
        for (limits, value) in [(Limits::MIN, least), (Limits::default(), usual), (Limits::MAX, largest)] {
            let mut same = limits;
            set(&mut same, value);
            assert_eq!(same, limits, "{name} is {value}");
        }
    }
}

#[test]
fn a_limit_out_of_its_bounds_is_refused_whatever_the_others_are() {
    for limits in [Limits::MIN, Limits::DEFAULT, Limits::MAX] {
        assert_eq!(limits.validate(), Ok(()));
        for (name, least, _, largest, set) in EACH {
            for (value, valid) in [
                (0, false),
                (least - 1, false),
                (least, true),
                (least + 1, true),
                (largest - 1, true),
                (largest, true),
                (largest + 1, false),
            ] {
                let mut changed = limits;
                set(&mut changed, value);
                let expected = if valid {
                    Ok(())
                } else {
                    Err(ConsortiumError::InvalidLimits)
                };
                assert_eq!(changed.validate(), expected, "{name} is {value}");
            }
        }
    }
}
