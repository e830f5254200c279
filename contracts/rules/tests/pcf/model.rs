//! A second opinion on what a patient's consent says: slow, and written from the words of IHE's Privacy Consent on FHIR
//! and of the contracts' documents, over the tree of provisions that a patient writes. It shares nothing with the rules:
//! not their types, not their order of work, and not the flat grants that they keep.

/// Whom a directive is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Actor {
    Person(u8),
    Company(u32),
    Everybody,
}

/// A provision of a consent, with the exceptions to it nested inside, and what somebody passed on of it.
#[derive(Clone, Debug)]
pub struct Provision {
    pub number: u32,
    pub permits: bool,
    // Its scope. What is nested inside is within it, too.
    pub purposes: Vec<&'static str>,
    pub classes: Vec<u8>,
    pub from: u64,
    pub until: u64,
    pub written: Option<(u64, u64)>,
    pub writer: Option<u8>,
    pub records: Option<usize>,
    // How far it permits, which is its own matter.
    pub ceiling: char,
    pub permission: &'static str,
    pub modifiers: Vec<&'static str>,
    pub proxies: Vec<usize>,
    pub needed: usize,
    pub may_pass_on: bool,
    /// It was revoked.
    pub gone: bool,
    pub nested: Vec<Provision>,
    /// Parts of it that its holder passed on.
    pub shares: Vec<Directive>,
}

/// A provision and whom it is about.
#[derive(Clone, Debug)]
pub struct Directive {
    pub to: Actor,
    pub provision: Provision,
}

/// Somebody with a role.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: u8,
    pub roles: Vec<&'static str>,
    pub company: u32,
    pub until: u64,
}

/// Everything there is.
#[derive(Clone, Debug)]
pub struct Model {
    pub patient: u8,
    pub directives: Vec<Directive>,
    pub restricted: Vec<u8>,
    pub people: Vec<Person>,
    pub companies: u32,
    pub suspended: Vec<u32>,
    /// Which company runs which proxy.
    pub proxies: Vec<u32>,
    /// Who has a glass open at the patient, from when to when.
    pub glasses: Vec<(u8, u64, u64)>,
}

/// What somebody asks.
#[derive(Clone, Debug)]
pub struct Question {
    pub who: u8,
    pub purposes: Vec<&'static str>,
    pub class: u8,
    pub confidentiality: char,
    pub author: u8,
    pub authored: u64,
    pub at: u64,
    pub using: &'static str,
    pub attested: Vec<&'static str>,
    /// A set of records, and whether the record was shown to be in it or not to be in it.
    pub shown: Option<(usize, bool)>,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    Own,
    Malformed,
    Role,
    GlassClosed,
    PermittedByName(u32),
    PermittedByShare(u32),
    PermittedToEverybody(u32),
    Denied(u32),
    NothingApplies,
    Glass,
}

impl Model {
    pub fn answer(&self, question: &Question) -> Answer {
        if question.purposes.len() != 1 || question.class > 31 {
            return Answer::Malformed;
        }
        if question.who == self.patient {
            return Answer::Own;
        }
        let Some(person) = self.person(question.who, question.at) else {
            return Answer::Role;
        };
        let purpose = question.purposes[0];
        if !person.roles.iter().any(|role| asks_for(role, purpose)) {
            return Answer::Role;
        }
        let mut glasses = self.glasses.iter();
        let glass =
            glasses.any(|(who, from, until)| *who == person.name && *from <= question.at && question.at < *until);
        if purpose == "BTG" && !glass {
            return Answer::GlassClosed;
        }
        let names = [Actor::Person(person.name), Actor::Company(person.company)];
        for actor in names {
            match self.patient_says(actor, person.company, question) {
                Some((true, number)) => return Answer::PermittedByName(number),
                Some((false, number)) => return Answer::Denied(number),
                None => {}
            }
        }
        for actor in names {
            let mut good = Vec::new();
            for directive in &self.directives {
                self.good_shares(
                    directive.to,
                    &directive.provision,
                    actor,
                    person.company,
                    question,
                    &mut good,
                );
            }
            if let Some(number) = good.into_iter().min() {
                return Answer::PermittedByShare(number);
            }
        }
        match self.patient_says(Actor::Everybody, person.company, question) {
            Some((true, number)) => Answer::PermittedToEverybody(number),
            Some((false, number)) => Answer::Denied(number),
            None if purpose == "BTG" => Answer::Glass,
            None => Answer::NothingApplies,
        }
    }

    /// Somebody whose role counts at a time.
    fn person(&self, name: u8, at: u64) -> Option<&Person> {
        let person = self.people.iter().find(|person| person.name == name)?;
        (at < person.until && self.in_good_standing(person.company)).then_some(person)
    }

    fn in_good_standing(&self, company: u32) -> bool {
        1 <= company && company <= self.companies && !self.suspended.contains(&company)
    }

    /// What the patient says about an actor, to somebody of a company: permits or not, and by which provision.
    fn patient_says(&self, actor: Actor, company: u32, question: &Question) -> Option<(bool, u32)> {
        let mut applying = Vec::new();
        for directive in self.directives.iter().filter(|directive| directive.to == actor) {
            self.collect(&[&directive.provision], company, question, &mut applying);
        }
        let deepest = applying.iter().map(|(depth, ..)| *depth).max()?;
        let at_depth = applying.iter().filter(|(depth, ..)| *depth == deepest);
        let denial = at_depth
            .clone()
            .filter(|(_, permits, _)| !permits)
            .map(|(.., number)| *number)
            .min();
        match denial {
            Some(number) => Some((false, number)),
            None => at_depth.map(|(.., number)| (true, *number)).min(),
        }
    }

    /// Adds what applies of the provision at the end of a path from the top, and of everything nested in it.
    fn collect(&self, path: &[&Provision], company: u32, question: &Question, applying: &mut Vec<(usize, bool, u32)>) {
        let provision = path[path.len() - 1];
        if self.applies(path, company, question) {
            applying.push((path.len() - 1, provision.permits, provision.number));
        }
        for nested in &provision.nested {
            self.collect(&[path, &[nested]].concat(), company, question, applying);
        }
    }

    /// Whether the provision at the end of a path applies for somebody of a company.
    fn applies(&self, path: &[&Provision], company: u32, question: &Question) -> bool {
        let provision = path[path.len() - 1];
        !provision.gone
            && path.iter().all(|provision| in_scope(provision, question))
            && path
                .iter()
                .filter_map(|provision| provision.records)
                .all(|set| match question.shown {
                    Some((shown, inside)) if shown == set => inside,
                    // Nothing is known: that is not enough to permit, and not enough to let a denial rest.
                    _ => !provision.permits,
                })
            && (!provision.permits || self.permits_so_far(path, company, question))
    }

    fn permits_so_far(&self, path: &[&Provision], company: u32, question: &Question) -> bool {
        let provision = path[path.len() - 1];
        let rank = |code: char| "NRV".find(code).expect("a code");
        if rank(question.confidentiality) > rank(provision.ceiling) {
            return false;
        }
        if self.restricted.contains(&question.class) {
            let covered = (0..32).filter(|class| path.iter().all(|provision| provision.classes.contains(class)));
            if covered.count() != 1 {
                return false;
            }
        }
        let own = provision
            .proxies
            .iter()
            .filter(|proxy| self.proxies[**proxy] == company)
            .count();
        if !provision.proxies.is_empty() && own >= provision.needed {
            return false;
        }
        question.purposes[0] != "HRESCH" || research_allowed(provision, question)
    }

    /// Adds the shares in a provision and below it that are for `actor`, and good for the question.
    fn good_shares(
        &self,
        holder: Actor,
        provision: &Provision,
        actor: Actor,
        company: u32,
        question: &Question,
        good: &mut Vec<u32>,
    ) {
        self.shares_of(&mut vec![holder], &[provision], actor, company, question, good);
        for nested in &provision.nested {
            // What is nested is the same holder's, within the scope of what is around it.
            let inner = within(provision, nested);
            self.good_shares(holder, &inner, actor, company, question, good);
        }
    }

    /// `holders[i]` holds `chain[i]`; each but the first was passed on by the one before.
    fn shares_of(
        &self,
        holders: &mut Vec<Actor>,
        chain: &[&Provision],
        actor: Actor,
        company: u32,
        question: &Question,
        good: &mut Vec<u32>,
    ) {
        for share in &chain[chain.len() - 1].shares {
            let all_above = holders
                .iter()
                .zip(chain)
                .all(|(holder, held)| self.may_pass_on(*holder, held, question));
            if share.to == actor && all_above && self.applies(&[&share.provision], company, question) {
                good.push(share.provision.number);
            }
            holders.push(share.to);
            self.shares_of(
                holders,
                &[chain, &[&share.provision]].concat(),
                actor,
                company,
                question,
                good,
            );
            holders.pop();
        }
    }

    /// Whether a holder has, for this question, what they passed on.
    fn may_pass_on(&self, holder: Actor, held: &Provision, question: &Question) -> bool {
        let (company, names) = match holder {
            Actor::Person(name) => match self.person(name, question.at) {
                Some(person) => (person.company, vec![holder, Actor::Company(person.company)]),
                None => return false,
            },
            Actor::Company(company) if self.in_good_standing(company) => (company, vec![holder]),
            Actor::Company(_) | Actor::Everybody => return false,
        };
        let said = names
            .into_iter()
            .find_map(|name| self.patient_says(name, company, question));
        let denied = matches!(said, Some((false, _)));
        held.permits && held.may_pass_on && !denied && self.applies(&[held], company, question)
    }
}

/// A nested provision with the scope of what is around it added to its own.
fn within(outer: &Provision, nested: &Provision) -> Provision {
    let mut inner = nested.clone();
    inner.purposes.retain(|purpose| outer.purposes.contains(purpose));
    inner.classes.retain(|class| outer.classes.contains(class));
    inner.from = inner.from.max(outer.from);
    inner.until = inner.until.min(outer.until);
    inner.records = inner.records.or(outer.records);
    let (from, until) = outer.written.unwrap_or((0, u64::MAX));
    let (own_from, own_until) = inner.written.unwrap_or((0, u64::MAX));
    inner.written = Some((from.max(own_from), until.min(own_until)));
    match (outer.writer, inner.writer) {
        (Some(one), Some(other)) if one != other => inner.written = Some((0, 0)),
        (one, other) => inner.writer = other.or(one),
    }
    inner
}

fn in_scope(provision: &Provision, question: &Question) -> bool {
    let (written_from, written_until) = provision.written.unwrap_or((0, u64::MAX));
    provision.purposes.contains(&question.purposes[0])
        && provision.classes.contains(&question.class)
        && (provision.from..provision.until).contains(&question.at)
        && (written_from..written_until).contains(&question.authored)
        && (provision.writer.is_none() || provision.writer == Some(question.author))
}

/// Who may ask for what at all.
fn asks_for(role: &str, purpose: &str) -> bool {
    match role {
        "clinician" => ["TREAT", "ETREAT", "BTG"].contains(&purpose),
        "researcher" => purpose == "HRESCH",
        "insurer" => purpose == "HPAYMT",
        "organisation-admin" | "auditor" => ["HOPERAT", "PUBHLTH"].contains(&purpose),
        _ => false,
    }
}

/// The Data Use Ontology, in words.
fn research_allowed(provision: &Provision, question: &Question) -> bool {
    let about = match provision.permission {
        "NRES" => true,
        "GRU" => !question.using.is_empty(),
        "HMB" => ["methods", "health", "disease"].contains(&question.using),
        "DS" => question.using == "disease",
        "POA" => question.using == "ancestry",
        other => panic!("{other} permits no research and should not have been granted"),
    };
    let attests = |what: &str| question.attested.contains(&what);
    about
        && provision.modifiers.iter().all(|modifier| match *modifier {
            "CC" => true,
            "NMDS" => question.using != "methods",
            "NPU" => attests("NPU") || attests("NPUNCU"),
            "NCU" => attests("NCU") || attests("NPUNCU"),
            "NPUNCU" => attests("NPUNCU") || (attests("NPU") && attests("NCU")),
            other => attests(other),
        })
}
