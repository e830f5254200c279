use super::*;

fn check(count: u32) {
    let mut reads = 0;
    let found = length(|number| {
        reads += 1;
        assert_ne!(number, u32::MAX, "no entry has the last number");
        number < count
    });
    assert_eq!(found, count);
    // Twice the bits of the answer, and one to see that there is no more.
    let expected = 2 * (u32::BITS - count.leading_zeros()) + 1;
    assert!(reads <= expected.min(MAX_SEARCH_READS), "{reads} reads for {count}");
}

#[test]
fn every_small_length_and_every_one_about_a_power_of_two_is_found() {
    (0..5_000).for_each(check);
    for exponent in 0..32 {
        let power = 1_u32 << exponent;
        (power - 1..=power + 1).for_each(check);
    }
    (u32::MAX - 2..=u32::MAX).for_each(check);
}

proptest::proptest! {
    #[test]
    fn any_length_is_found_within_the_bound(count: u32) {
        check(count);
    }
}
