use super::*;
use proptest::prelude::*;

const PERMISSIONS: [DuoPermission; 6] = [
    DuoPermission::None,
    DuoPermission::NoRestriction,
    DuoPermission::GeneralResearch,
    DuoPermission::HealthMedicalBiomedical,
    DuoPermission::DiseaseSpecific,
    DuoPermission::PopulationOriginsAncestry,
];
const EXTENTS: [Extent; 3] = [Extent::Count, Extent::Find, Extent::Open];
const USES: [DuoUse; 6] = [
    DuoUse::Undeclared,
    DuoUse::MethodDevelopment,
    DuoUse::PopulationOriginsAncestry,
    DuoUse::HealthMedicalBiomedical,
    DuoUse::Disease,
    DuoUse::Other,
];

fn research(permission: DuoPermission, modifiers: DuoModifiers) -> Research {
    Research {
        permission,
        modifiers,
        extent: Extent::Open,
    }
}

fn declare(use_: DuoUse, attested: DuoModifiers) -> Declaration {
    Declaration { use_, attested }
}

#[test]
fn each_permission_allows_its_uses() {
    // As in the table of the module, with the columns in the order of the uses.
    for (permission, row) in PERMISSIONS.into_iter().zip([
        [false, false, false, false, false, false],
        [true, true, true, true, true, true],
        [false, true, true, true, true, true],
        [false, true, false, true, true, false],
        [false, false, false, false, true, false],
        [false, false, true, false, false, false],
    ]) {
        for (use_, allowed) in USES.into_iter().zip(row) {
            assert_eq!(permission.allows(use_), allowed, "{permission:?} {use_:?}");
            let declaration = declare(use_, DuoModifiers::NONE);
            assert_eq!(
                research(permission, DuoModifiers::NONE).allows(declaration, Extent::Open),
                allowed,
                "{permission:?} {use_:?}"
            );
        }
    }
}

#[test]
fn an_extent_takes_in_those_before_it_and_counting_is_what_goes_without_saying() {
    assert_eq!(Extent::default(), Extent::Count);
    for (granted, allowed) in [
        (Extent::Count, [true, false, false]),
        (Extent::Find, [true, true, false]),
        (Extent::Open, [true, true, true]),
    ] {
        let research = Research {
            extent: granted,
            ..research(DuoPermission::NoRestriction, DuoModifiers::NONE)
        };
        for (asked, allowed) in EXTENTS.into_iter().zip(allowed) {
            let declared = declare(DuoUse::Other, DuoModifiers::NONE);
            assert_eq!(research.allows(declared, asked), allowed, "{granted:?}, {asked:?}");
        }
    }
}

#[test]
fn each_modifier_is_met_by_what_attests_it_and_by_nothing_else() {
    for (demanded, modifier) in DuoModifiers::NAMES {
        for (attested_name, attested) in DuoModifiers::NAMES {
            let met = match *demanded {
                // Read off the use, or no demand.
                "NMDS" | "CC" => true,
                // A use that is neither for profit nor commercial is each of the two.
                "NPU" | "NCU" => *attested_name == "NPUNCU" || attested_name == demanded,
                _ => attested_name == demanded,
            };
            for (permission, use_) in [
                (DuoPermission::NoRestriction, DuoUse::Other),
                (DuoPermission::GeneralResearch, DuoUse::Other),
                (DuoPermission::HealthMedicalBiomedical, DuoUse::HealthMedicalBiomedical),
                (DuoPermission::DiseaseSpecific, DuoUse::Disease),
                (
                    DuoPermission::PopulationOriginsAncestry,
                    DuoUse::PopulationOriginsAncestry,
                ),
            ] {
                let allowed = research(permission, *modifier).allows(declare(use_, *attested), Extent::Open);
                assert_eq!(allowed, met, "{permission:?} with {demanded}, attested {attested_name}");
            }
        }
    }
}

#[test]
fn not_for_profit_and_non_commercial_together_are_both() {
    let both = DuoModifiers::NPU.union(DuoModifiers::NCU);
    for (demanded, attested, met) in [
        (DuoModifiers::NPUNCU, both, true),
        (both, DuoModifiers::NPUNCU, true),
        (DuoModifiers::NPUNCU, DuoModifiers::NPU, false),
        (DuoModifiers::NPUNCU, DuoModifiers::NCU, false),
    ] {
        let allowed =
            research(DuoPermission::NoRestriction, demanded).allows(declare(DuoUse::Other, attested), Extent::Open);
        assert_eq!(allowed, met, "{demanded:?} {attested:?}");
    }
}

#[test]
fn no_general_methods_research_keeps_out_the_development_of_methods_whatever_is_attested() {
    for permission in PERMISSIONS {
        for use_ in USES {
            let allowed =
                research(permission, DuoModifiers::NMDS).allows(declare(use_, DuoModifiers::ALL), Extent::Open);
            let expected = permission.allows(use_) && use_ != DuoUse::MethodDevelopment;
            assert_eq!(allowed, expected, "{permission:?} {use_:?}");
        }
    }
}

#[test]
fn the_modifiers_have_the_names_of_the_ontology_and_bits_of_their_own() {
    let names: alloc::vec::Vec<_> = DuoModifiers::NAMES.iter().map(|(name, _)| *name).collect();
    let expected = [
        "RS", "NMDS", "GSO", "NPUNCU", "PUB", "COL", "IRB", "GS", "MOR", "TS", "US", "PS", "IS", "RTN", "CC", "NPU",
        "NCU",
    ];
    assert_eq!(names, expected);
    assert_eq!(DuoModifiers::ALL.0.count_ones() as usize, expected.len());
}

proptest::proptest! {
    #[test]
    fn research_within_other_research_allows_nothing_more(
        narrow in crate::testing::research(),
        wide in crate::testing::research(),
        attested in crate::testing::modifiers(),
        use_ in crate::testing::use_(),
    ) {
        let declaration = declare(use_, attested);
        if narrow.is_within(&wide) {
            for extent in EXTENTS {
                prop_assert!(!narrow.allows(declaration, extent) || wide.allows(declaration, extent));
            }
        }
        prop_assert!(narrow.is_within(&narrow) && Research::NONE.is_within(&wide));
        prop_assert!(!Research::NONE.allows(declaration, Extent::Count));
    }

    #[test]
    fn what_is_not_within_allows_something_more(narrow in crate::testing::research(), wide in crate::testing::research()) {
        // Everything that can be declared, as far as it matters here: each use, attesting just what is demanded.
        let demanded = [narrow.modifiers, wide.modifiers];
        let more = USES.into_iter().flat_map(|use_| demanded.map(|attested| declare(use_, attested))).any(|declaration| {
            EXTENTS.into_iter().any(|extent| narrow.allows(declaration, extent) && !wide.allows(declaration, extent))
        });
        prop_assert_eq!(narrow.is_within(&wide), !more);
    }
}
