//! Patients, their consents and questions about them, at random: the same ones as a model and as what the contract keeps.
//! They are drawn so that every kind of answer is common.

#[path = "life.rs"]
mod life;

use super::{
    model::{Actor, Directive, Guardians, Model, Provision},
    spell::{account, grantee, guarding, terms},
    support::{records::Records, world::World},
};
use aegle_rules::{
    consent::{
        Change, ConsentError, Control, Exclusivity, Guardianship, Lookup, Membership, Parent, PatientState, Replacement,
    },
    GrantId, Hash, OrganisationId, Roles,
};

pub const PATIENT: u8 = 1;
/// An organisation that runs no proxy and gets no grant, for those who give and pass on.
const NEUTRAL: u32 = 9;
const PEOPLE: std::ops::RangeInclusive<u8> = 2..=5;
pub const PURPOSES: [&str; 8] = [
    "TREAT", "ETREAT", "BTG", "HPAYMT", "HOPERAT", "HRESCH", "PATRQT", "PUBHLTH",
];
pub const MODIFIERS: [&str; 7] = ["CC", "NMDS", "NPU", "NCU", "NPUNCU", "PUB", "IRB"];

/// Random numbers (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    /// Each with that chance, and at least one.
    pub fn some<T: Copy>(&mut self, of: &[T], percent: u64) -> Vec<T> {
        let some: Vec<T> = of.iter().copied().filter(|_| self.chance(percent)).collect();
        if some.is_empty() {
            vec![self.one(of)]
        } else {
            some
        }
    }
}

/// The sets of records that grants are narrowed to, and every proof about them.
pub struct Sets {
    pub roots: Vec<Hash>,
    pub proofs: Vec<Vec<Membership>>,
    pub members: Vec<Vec<u8>>,
}

impl Sets {
    pub fn new() -> Self {
        let members = vec![vec![0, 1, 2], vec![2, 3, 4, 5, 6], vec![7]];
        let sets: Vec<Records> = members.iter().map(|records| Records::new(records)).collect();
        Self {
            roots: sets.iter().map(Records::root).collect(),
            proofs: sets
                .iter()
                .map(|set| (0..8).map(|record| set.prove(record)).collect())
                .collect(),
            members,
        }
    }
}

/// A grant that was given or passed on, all by itself.
#[derive(Clone)]
pub struct Held {
    pub to: Actor,
    pub alone: Provision,
}

/// A patient, as a model and as what the contract keeps.
pub struct Drawn {
    pub model: Model,
    pub world: World,
    pub held: Vec<Held>,
    /// When everything is signed.
    signed: u64,
}

impl Drawn {
    pub fn new(random: &mut Random, sets: &Sets) -> Self {
        let mut drawn = Self::nothing(random.below(3));
        for _ in 0..1 + random.below(4) {
            let to = match random.below(10) {
                0..4 => Actor::Person(random.one(&[2, 3, 4])),
                4..7 => Actor::Company(1 + random.below(3) as u32),
                _ => Actor::Everybody,
            };
            if let Some(provision) = drawn.draw(random, sets, to, None, 0) {
                drawn.model.directives.push(Directive { to, provision });
            }
            if random.chance(4) {
                drawn.revoke_all();
            }
        }
        // With some, so much is passed on and ended again that a question meets more holders than anybody looks into.
        let (shares, ended) = if random.chance(15) { (20, 30) } else { (8, 6) };
        for _ in 0..random.below(shares) {
            drawn.pass_on(random, sets);
        }
        drawn.revoke(random, ended);
        if random.chance(85) {
            drawn.live_under_a_law(random, sets);
        }
        drawn.live(random);
        drawn.entrust(random);
        drawn
    }

    /// Who has the patient's key when the questions are asked, and who acts for the patient.
    fn entrust(&mut self, random: &mut Random) {
        let Self { model, world, .. } = self;
        if random.chance(15) {
            model.holder = 6;
        }
        if random.chance(15) {
            model.heir = Some((random.one(&[3, 6, 7]), random.below(11)));
        }
        if random.chance(10) {
            model.alone_from = random.below(6);
            model.alone_until = random.below(11);
        }
        let mut draw = || Guardians {
            people: PEOPLE.filter(|_| random.chance(50)).collect(),
            until: random.below(14),
            read: random.chance(75),
        };
        model.guardians = draw();
        let (next, from) = (draw(), random.below(11));
        model.next_guardians = random.chance(25).then_some((next, from));
        let state = PatientState {
            control: Control {
                controller: (model.holder != PATIENT).then(|| account(model.holder)),
                replacement: model.heir.map(|(heir, from)| Replacement {
                    controller: account(heir),
                    from,
                }),
                exclusive: (model.alone_until > 0).then_some(Exclusivity {
                    from: model.alone_from,
                    until: model.alone_until,
                }),
                ..Control::default()
            },
            ..world.state(&account(PATIENT))
        };
        world.set_state(account(PATIENT), state);
        let change = model.next_guardians.as_ref().map(|(next, from)| Change {
            guardians: guarding(next),
            from: *from,
        });
        let guardianship = Guardianship {
            guardians: guarding(&model.guardians),
            change,
            ..Guardianship::default()
        };
        world.guardianships.push((account(PATIENT), guardianship));
    }

    /// A world in which everybody may do everything and nothing is said yet.
    fn nothing(signed: u64) -> Self {
        let mut world = World::new();
        world.organisations.admitted = NEUTRAL;
        for (operator, number) in world.proxies.operators.iter_mut().zip(5..) {
            operator.organisation = OrganisationId(number);
        }
        for name in PEOPLE {
            world.set_role(account(name), Roles::ALL, OrganisationId(NEUTRAL));
        }
        for company in 1..=3 {
            world.set_role(account(20 + company), Roles::ALL, OrganisationId(company.into()));
        }
        let model = Model {
            patient: PATIENT,
            directives: Vec::new(),
            restricted: Vec::new(),
            people: Vec::new(),
            companies: NEUTRAL,
            suspended: Vec::new(),
            proxies: Vec::new(),
            glasses: Vec::new(),
            standstill: 0,
            holder: PATIENT,
            heir: None,
            alone_from: 0,
            alone_until: 0,
            guardians: Guardians::default(),
            next_guardians: None,
            law: None,
            took_all_back: false,
        };
        Self {
            model,
            world,
            held: Vec::new(),
            signed,
        }
    }

    /// Draws a provision with everything nested in it, and gives the grants; `around` is what is around it, with all the
    /// scope of what is around that. `None` where nothing is in its
    /// scope, or the grantee has as many grants as there may be.
    fn draw(
        &mut self,
        random: &mut Random,
        sets: &Sets,
        to: Actor,
        around: Option<&Provision>,
        depth: u8,
    ) -> Option<Provision> {
        let permits = random.chance(60);
        let named = to != Actor::Everybody;
        let mut provision = Provision {
            number: 0,
            permits,
            purposes: random.some(&PURPOSES, 60),
            classes: if random.chance(40) {
                vec![random.below(4) as u8]
            } else {
                random.some(&[0, 1, 2, 3, 31], 60)
            },
            from: random.below(4),
            until: 5 + random.below(6),
            signed: self.signed,
            written: random.chance(20).then(|| (random.below(3), 4 + random.below(4))),
            writer: random.chance(15).then(|| random.one(&[2, 3])),
            records: None,
            ceiling: random.one(&['N', 'R', 'R', 'V']),
            permission: random.one(&["NRES", "GRU", "HMB", "DS", "POA"]),
            modifiers: if random.chance(60) {
                Vec::new()
            } else {
                random.some(&MODIFIERS, 20)
            },
            extent: random.one(&["count", "find", "open", "open"]),
            proxies: Vec::new(),
            needed: 0,
            may_pass_on: permits && named && random.chance(70),
            gone: false,
            nested: Vec::new(),
            shares: Vec::new(),
            passed_on_by: None,
        };
        if permits && named {
            provision.proxies = random.some(&[0, 1, 2, 3], 60);
            provision.needed = 1 + random.below(provision.proxies.len() as u64) as usize;
        }
        if around.is_none_or(|around| around.records.is_none()) && random.chance(15) {
            provision.records = Some(random.below(3) as usize);
        }
        let alone = alone(&provision, around)?;
        let given = self
            .world
            .give(account(PATIENT), &terms(to, &alone, sets, depth), self.signed);
        let id = match given {
            Err(ConsentError::TooManyGrants) => return None,
            given => given.expect("terms that may be given"),
        };
        provision.number = id.0;
        let alone = Provision { number: id.0, ..alone };
        self.held.push(Held {
            to,
            alone: alone.clone(),
        });
        while depth < 3 && random.chance(35) {
            provision
                .nested
                .extend(self.draw(random, sets, to, Some(&alone), depth + 1));
        }
        Some(provision)
    }

    /// Somebody passes on a part of something.
    fn pass_on(&mut self, random: &mut Random, sets: &Sets) {
        let may: Vec<Held> = self
            .held
            .iter()
            .filter(|held| held.alone.may_pass_on && !held.alone.gone)
            .cloned()
            .collect();
        if may.is_empty() {
            return;
        }
        let Held {
            to: holder,
            alone: whole,
        } = &may[random.below(may.len() as u64) as usize];
        let to = if random.chance(70) {
            Actor::Person(random.one(&[2, 3, 4]))
        } else {
            Actor::Company(1 + random.below(3) as u32)
        };
        let mut part = Provision {
            purposes: random.some(&whole.purposes, 70),
            classes: random.some(&whole.classes, 70),
            from: whole.from + random.below(2),
            ceiling: if random.chance(20) { 'N' } else { whole.ceiling },
            may_pass_on: random.chance(80),
            shares: Vec::new(),
            nested: Vec::new(),
            ..whole.clone()
        };
        part.needed += random.below((part.proxies.len() - part.needed + 1) as u64) as usize;
        if random.chance(5) {
            part.proxies = random.some(&[0, 1, 2, 3], 60);
        }
        if random.chance(10) {
            part.modifiers.push(random.one(&MODIFIERS));
        }
        part.passed_on_by = None;
        let caller = match holder {
            Actor::Person(name) => *name,
            Actor::Company(number) => {
                let admin = random.one(&[20 + *number as u8, 2, 3, 4]);
                self.world.set_role(account(admin), Roles::ALL, OrganisationId(*number));
                part.passed_on_by = Some(admin);
                admin
            }
            Actor::Everybody => return,
        };
        let parent = Parent {
            grantee: grantee(*holder),
            id: GrantId(whole.number),
        };
        let terms = terms(to, &part, sets, 0);
        // A chain that would be too long, too many to one grantee and other proxies are refused; everything else is valid.
        let passed = self
            .world
            .pass_on(account(PATIENT), account(caller), parent, &terms, self.signed);
        if PEOPLE.contains(&caller) {
            self.world
                .set_role(account(caller), Roles::ALL, OrganisationId(NEUTRAL));
        }
        let Ok(id) = passed else {
            return;
        };
        part.number = id.0;
        let share = Directive {
            to,
            provision: part.clone(),
        };
        let number = whole.number;
        self.held.push(Held { to, alone: part });
        let provision = self.find(number);
        provision.shares.push(share);
    }

    fn find(&mut self, number: u32) -> &mut Provision {
        fn search(provision: &mut Provision, number: u32) -> Option<&mut Provision> {
            if provision.number == number {
                return Some(provision);
            }
            let shares = provision.shares.iter_mut().map(|share| &mut share.provision);
            provision
                .nested
                .iter_mut()
                .chain(shares)
                .find_map(|inner| search(inner, number))
        }
        let mut tops = self.model.directives.iter_mut();
        tops.find_map(|directive| search(&mut directive.provision, number))
            .expect("it was drawn")
    }

    fn revoke_all(&mut self) {
        self.world.revoke_all(account(PATIENT));
        self.model.took_all_back = true;
        for held in 0..self.held.len() {
            self.held[held].alone.gone = true;
            let number = self.held[held].alone.number;
            self.find(number).gone = true;
        }
    }

    /// The patient revokes a few, given or passed on.
    fn revoke(&mut self, random: &mut Random, percent: u64) {
        for Held { to, alone } in self.held.clone() {
            if random.chance(percent) {
                let id = GrantId(alone.number);
                self.world.revoke(account(PATIENT), id, grantee(to)).expect("it stands");
                self.find(alone.number).gone = true;
            }
        }
    }
}

/// A provision all by itself, with the scope of what is around it; `None` where nothing is left in its scope.
fn alone(provision: &Provision, around: Option<&Provision>) -> Option<Provision> {
    let mut alone = provision.clone();
    if let Some(around) = around {
        alone.purposes.retain(|purpose| around.purposes.contains(purpose));
        alone.classes.retain(|class| around.classes.contains(class));
        alone.from = alone.from.max(around.from);
        alone.until = alone.until.min(around.until);
        alone.records = alone.records.or(around.records);
        alone.written = match (alone.written, around.written) {
            (Some((a, b)), Some((c, d))) => Some((a.max(c), b.min(d))),
            (one, other) => one.or(other),
        };
        if alone.writer.is_some() && around.writer.is_some() && alone.writer != around.writer {
            return None;
        }
        alone.writer = alone.writer.or(around.writer);
    }
    let written = alone.written.is_none_or(|(from, until)| from < until);
    (!alone.purposes.is_empty() && !alone.classes.is_empty() && alone.from < alone.until && written).then_some(alone)
}
