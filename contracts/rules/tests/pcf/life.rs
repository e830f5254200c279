//! Where a patient lives, and who everybody is when the questions are asked.

use super::{Drawn, Random, Sets, MODIFIERS, PATIENT, PEOPLE};
use crate::{
    model::{Actor, Job, Law, Person, Provision},
    spell::{account, named, terms},
};
use aegle_rules::{
    consent::{Glass, Lookup, PatientState, Research},
    consortium::JurisdictionDefault,
    JurisdictionId, OrganisationId, Purposes, Roles, Slot, Slots,
};

impl Drawn {
    /// The law where the patient lives, and others.
    pub(super) fn live_under_a_law(&mut self, random: &mut Random, sets: &Sets) {
        let purposes = random.some(&["TREAT", "ETREAT", "HOPERAT", "HRESCH", "PUBHLTH"], 70);
        let like = Provision {
            permits: true,
            purposes: purposes.clone(),
            permission: random.one(&["NRES", "GRU", "HMB", "DS", "POA"]),
            modifiers: if random.chance(70) {
                Vec::new()
            } else {
                random.some(&MODIFIERS, 20)
            },
            extent: random.one(&["count", "find", "open"]),
            ..Provision::default()
        };
        let said = terms(Actor::Everybody, &like, sets, 0);
        let number = 1 + random.below(3) as u8;
        let opt_in = |number| JurisdictionDefault {
            jurisdiction: JurisdictionId(number),
            permits: Purposes::NONE,
            research: Research::NONE,
        };
        let others = (1..=3).filter(|other| *other != number);
        self.world.jurisdictions.defaults = others.map(opt_in).collect();
        self.world.jurisdictions.defaults.push(JurisdictionDefault {
            permits: said.purposes,
            research: said.research,
            ..opt_in(number)
        });
        let at_home = random.chance(85);
        let home = if at_home { number } else { 1 + number % 3 };
        self.world.residences.push((account(PATIENT), JurisdictionId(home)));
        self.model.law = at_home.then_some(Law { number, purposes, like });
    }

    /// Who everybody is when the questions are asked.
    pub(super) fn live(&mut self, random: &mut Random) {
        let Self { model, world, .. } = self;
        model.restricted = (0..4).filter(|_| random.chance(25)).collect();
        let restricted = model
            .restricted
            .iter()
            .fold(Slots::default(), |slots, class| slots.with(Slot(*class)));
        let state = PatientState {
            restricted,
            ..world.state(&account(PATIENT))
        };
        world.set_state(account(PATIENT), state);
        world.roles.clear();
        for name in PEOPLE {
            if random.chance(8) {
                continue;
            }
            let kinds = [
                "clinician",
                "clinician",
                "researcher",
                "insurer",
                "organisation-admin",
                "auditor",
                "device",
            ];
            let mut jobs: Vec<Job> = Vec::new();
            let count = if random.chance(60) { 1 } else { 2 + random.below(2) };
            for _ in 0..count {
                let roles = random.some(&kinds, 50);
                let company = 1 + random.below(3) as u32;
                let until = if random.chance(8) { random.below(10) } else { u64::MAX };
                if jobs.iter().any(|job| job.company == company) {
                    continue;
                }
                let bits = roles
                    .iter()
                    .map(|role| named(Roles::NAMES, role))
                    .fold(Roles::NONE, Roles::union);
                world.add_role(account(name), bits, OrganisationId(company), until);
                jobs.push(Job { roles, company, until });
            }
            model.people.push(Person { name, jobs });
            if random.chance(60) {
                let (from, until) = (random.below(3), 4 + random.below(8));
                model.glasses.push((name, from, until));
                let glass = Glass {
                    opened_at: from,
                    until,
                    reason: 0,
                    closed: false,
                };
                world.glasses.push((account(PATIENT), account(name), glass));
            }
        }
        if random.chance(5) {
            model.standstill = 1 + random.below(8);
            world.paused_until = model.standstill;
        }
        model.suspended = (1..=3).filter(|_| random.chance(6)).collect();
        let suspended: Vec<OrganisationId> = model.suspended.iter().map(|number| OrganisationId(*number)).collect();
        world.suspend(&suspended);
        for operator in &mut world.proxies.operators {
            let company = 1 + random.below(6) as u32;
            operator.organisation = OrganisationId(company);
            model.proxies.push(company);
        }
    }
}
