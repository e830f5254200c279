//! A second opinion on what a patient's consent says: slow, and written from the words of IHE's Privacy Consent on FHIR
//! and of the contracts' documents, over the tree of provisions that a patient writes. It shares nothing with the rules:
//! not their types, not their order of work, and not the flat grants that they keep.

#[path = "scope.rs"]
mod scope;

use scope::{asks_for, collect_shares, for_that_purpose, in_scope, research_allowed, speaks_of};

/// Whom a directive is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Actor {
    Person(u8),
    Company(u32),
    Everybody,
}

/// A provision of a consent, with the exceptions to it nested inside, and what somebody passed on of it.
#[derive(Clone, Debug, Default)]
pub struct Provision {
    pub number: u32,
    pub permits: bool,
    // Its scope. What is nested inside is within it, too.
    pub purposes: Vec<&'static str>,
    pub classes: Vec<u8>,
    pub from: u64,
    pub until: u64,
    /// When it was signed: it says nothing about the time before.
    pub signed: u64,
    pub written: Option<(u64, u64)>,
    pub writer: Option<u8>,
    pub records: Option<usize>,
    // How far it permits, which is its own matter.
    pub ceiling: char,
    pub permission: &'static str,
    pub modifiers: Vec<&'static str>,
    pub extent: &'static str,
    pub proxies: Vec<usize>,
    pub needed: usize,
    pub may_pass_on: bool,
    /// It was revoked.
    pub gone: bool,
    pub nested: Vec<Provision>,
    /// Parts of it that its holder passed on.
    pub shares: Vec<Directive>,
    /// Who passed it on, where its holder is a company.
    pub passed_on_by: Option<u8>,
}

/// A provision and whom it is about.
#[derive(Clone, Debug)]
pub struct Directive {
    pub to: Actor,
    pub provision: Provision,
}

/// Somebody with jobs, the first one first.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: u8,
    pub jobs: Vec<Job>,
}

/// What somebody is for one company.
#[derive(Clone, Debug)]
pub struct Job {
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
    /// Until when everything stands still.
    pub standstill: u64,
    /// Whose key acts for the patient, and who takes over from when on.
    pub holder: u8,
    pub heir: Option<(u8, u64)>,
    /// From when on guardians decide alone.
    pub alone_from: u64,
    /// Until when guardians decide alone.
    pub alone_until: u64,
    pub guardians: Guardians,
    /// Others, and from when on they are the guardians.
    pub next_guardians: Option<(Guardians, u64)>,
    /// What the law where the patient lives permits as long as they are silent.
    pub law: Option<Law>,
    /// The patient once took everything back.
    pub took_all_back: bool,
}

/// What a law permits.
#[derive(Clone, Debug)]
pub struct Law {
    pub number: u8,
    pub purposes: Vec<&'static str>,
    /// How a patient would permit research who does what the law does.
    pub like: Provision,
}

/// People who act for the patient.
#[derive(Clone, Debug, Default)]
pub struct Guardians {
    pub people: Vec<u8>,
    pub until: u64,
    pub read: bool,
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
    /// When it is asked.
    pub asked: u64,
    pub using: &'static str,
    pub doing: &'static str,
    pub attested: Vec<&'static str>,
    /// A set of records, and whether the record was shown to be in it or not to be in it.
    pub shown: Option<(usize, bool)>,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    Own,
    NoKey,
    Representative,
    Malformed,
    Past,
    Standstill,
    Role,
    GlassClosed,
    PermittedByName(u32),
    PermittedByShare(u32),
    PermittedToEverybody(u32),
    PermittedByLaw(u8),
    Denied(u32),
    NothingApplies,
    Glass,
}

impl Model {
    /// What is answered, and through which company somebody has the job that the answer rests on.
    pub fn answer(&self, question: &Question) -> (Answer, Option<u32>) {
        match self.without_a_job(question) {
            Some(answer) => (answer, None),
            None => self.by_their_job(question),
        }
    }

    /// What is answered whatever somebody's job is.
    fn without_a_job(&self, question: &Question) -> Option<Answer> {
        if question.purposes.len() != 1 || question.class > 31 {
            return Some(Answer::Malformed);
        }
        if question.at < question.asked {
            return Some(Answer::Past);
        }
        let holder = match self.heir {
            Some((heir, from)) if question.at >= from => heir,
            _ => self.holder,
        };
        if question.who == holder && !(self.alone_from..self.alone_until).contains(&question.at) {
            return Some(Answer::Own);
        }
        if question.who == self.patient {
            return Some(Answer::NoKey);
        }
        let purpose = question.purposes[0];
        if question.asked < self.standstill && purpose != "BTG" {
            return Some(Answer::Standstill);
        }
        if purpose == "PATRQT" && self.speaks_for_the_patient(question.who, question.at) {
            return Some(match self.patient_says(Actor::Person(question.who), None, question) {
                Some((false, number)) => Answer::Denied(number),
                _ => Answer::Representative,
            });
        }
        if self.acting_companies(question).is_empty() {
            return Some(Answer::Role);
        }
        let mut glasses = self.glasses.iter();
        let glass =
            glasses.any(|(who, from, until)| *who == question.who && *from <= question.at && question.at < *until);
        (purpose == "BTG" && !glass).then_some(Answer::GlassClosed)
    }

    fn by_their_job(&self, question: &Question) -> (Answer, Option<u32>) {
        let me = Actor::Person(question.who);
        let (all, acting) = (
            self.companies_of(question.who, question.at),
            self.acting_companies(question),
        );
        let first = Some(acting[0]);
        match self.patient_says(me, Some(&all), question) {
            Some((true, number)) => return (Answer::PermittedByName(number), first),
            Some((false, number)) => return (Answer::Denied(number), first),
            None => {}
        }
        // Whoever works for somebody whom the patient turned away is turned away.
        for company in &all {
            if let Some((false, number)) = self.patient_says(Actor::Company(*company), Some(&all), question) {
                return (Answer::Denied(number), Some(*company));
            }
        }
        for company in &acting {
            if let Some((true, number)) = self.patient_says(Actor::Company(*company), Some(&all), question) {
                return (Answer::PermittedByName(number), Some(*company));
            }
        }
        // Who was looked into, as somebody who passed something on; nobody looks into more than four companies.
        let mut known = Vec::new();
        let companies = acting.iter().map(|company| (Actor::Company(*company), Some(*company)));
        for (actor, through) in [(me, first)].into_iter().chain(companies) {
            let mut shares = Vec::new();
            for directive in &self.directives {
                collect_shares(&[(directive.to, directive.provision.clone())], actor, &mut shares);
            }
            shares.sort_by_key(|chain| chain[chain.len() - 1].1.number);
            for chain in shares {
                let (_, share) = &chain[chain.len() - 1];
                if self.applies(&[share], Some(&all), question)
                    && self.all_could_pass_on(&chain, &all, question, &mut known)
                {
                    return (Answer::PermittedByShare(share.number), through);
                }
            }
        }
        let answer = match self.patient_says(Actor::Everybody, Some(&all), question) {
            Some((true, number)) => Answer::PermittedToEverybody(number),
            Some((false, number)) => Answer::Denied(number),
            None if question.purposes[0] == "BTG" => Answer::Glass,
            None => match &self.law {
                Some(law) if self.law_permits(law, question) => Answer::PermittedByLaw(law.number),
                _ => Answer::NothingApplies,
            },
        };
        (answer, first)
    }

    /// Whether the law permits something about which the patient has never said anything to everybody.
    fn law_permits(&self, law: &Law, question: &Question) -> bool {
        let mut said = self
            .directives
            .iter()
            .filter(|directive| directive.to == Actor::Everybody);
        let purpose = question.purposes[0];
        !self.took_all_back
            && !said.any(|directive| speaks_of(&[&directive.provision], question))
            && law.purposes.contains(&purpose)
            && question.confidentiality == 'N'
            && !self.restricted.contains(&question.class)
            && (purpose != "HRESCH" || research_allowed(&law.like, question))
    }

    /// Whether somebody is a guardian who reads.
    fn speaks_for_the_patient(&self, name: u8, at: u64) -> bool {
        let guardians = match &self.next_guardians {
            Some((next, from)) if at >= *from => next,
            _ => &self.guardians,
        };
        guardians.read && at < guardians.until && guardians.people.contains(&name)
    }

    /// The jobs that somebody has at a time.
    fn jobs(&self, name: u8, at: u64) -> Vec<&Job> {
        let people = self.people.iter().filter(|person| person.name == name);
        let jobs = people.flat_map(|person| &person.jobs);
        jobs.filter(|job| at < job.until && !job.roles.is_empty()).collect()
    }

    /// The companies that somebody works for, well reputed or not.
    fn companies_of(&self, name: u8, at: u64) -> Vec<u32> {
        self.jobs(name, at).iter().map(|job| job.company).collect()
    }

    /// The companies for which whoever asks may ask.
    fn acting_companies(&self, question: &Question) -> Vec<u32> {
        let jobs = self.jobs(question.who, question.at).into_iter();
        let asks = |job: &&Job| job.roles.iter().any(|role| asks_for(role, question.purposes[0]));
        jobs.filter(asks)
            .map(|job| job.company)
            .filter(|company| self.in_good_standing(*company))
            .collect()
    }

    fn in_good_standing(&self, company: u32) -> bool {
        1 <= company && company <= self.companies && !self.suspended.contains(&company)
    }

    /// What the patient says about an actor, to somebody of some companies: permits or not, and by which provision.
    fn patient_says(&self, actor: Actor, companies: Option<&[u32]>, question: &Question) -> Option<(bool, u32)> {
        let mut applying = Vec::new();
        for directive in self.directives.iter().filter(|directive| directive.to == actor) {
            self.collect(&[&directive.provision], companies, question, &mut applying);
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
    fn collect(
        &self,
        path: &[&Provision],
        companies: Option<&[u32]>,
        question: &Question,
        applying: &mut Vec<(usize, bool, u32)>,
    ) {
        let provision = path[path.len() - 1];
        if self.applies(path, companies, question) {
            applying.push((path.len() - 1, provision.permits, provision.number));
        }
        for nested in &provision.nested {
            self.collect(&[path, &[nested]].concat(), companies, question, applying);
        }
    }

    /// Whether the provision at the end of a path applies for somebody of some companies, whose proxies do not matter where
    /// it is not said.
    fn applies(&self, path: &[&Provision], companies: Option<&[u32]>, question: &Question) -> bool {
        let provision = path[path.len() - 1];
        !provision.gone
            && for_that_purpose(path, question)
            && path.iter().all(|around| in_scope(around, provision.permits, question))
            && path
                .iter()
                .filter_map(|provision| provision.records)
                .all(|set| match question.shown {
                    Some((shown, inside)) if shown == set => inside,
                    // Nothing is known: that is not enough to permit, and not enough to let a denial rest.
                    _ => !provision.permits,
                })
            && (!provision.permits || self.permits_so_far(path, companies, question))
    }

    fn permits_so_far(&self, path: &[&Provision], companies: Option<&[u32]>, question: &Question) -> bool {
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
        if companies.is_some_and(|companies| self.open_it_alone(companies, provision)) {
            return false;
        }
        question.purposes[0] != "HRESCH" || research_allowed(provision, question)
    }

    /// Whether some companies need nobody else to open what a provision permits.
    fn open_it_alone(&self, companies: &[u32], provision: &Provision) -> bool {
        let mut own = provision.proxies.clone();
        own.retain(|proxy| companies.contains(&self.proxies[*proxy]));
        !provision.proxies.is_empty() && own.len() >= provision.needed
    }

    /// Whether everybody above the last of a chain, for somebody of some companies, could pass on what they did.
    fn all_could_pass_on(&self, chain: &Chain, last: &[u32], question: &Question, known: &mut Vec<Looked>) -> bool {
        let mut companies = vec![last.to_vec()];
        for place in (0..chain.len() - 1).rev() {
            let (holder, held) = &chain[place];
            let passer = (*holder, chain[place + 1].1.passed_on_by);
            let theirs = self.companies_of_holder(*holder, question.at);
            if !known.iter().any(|(other, ..)| *other == passer) {
                let left = 4 - known.iter().map(|(_, effort, _)| effort).sum::<usize>();
                if left == 0 {
                    return false;
                }
                let effort = theirs.as_ref().map_or(1, Vec::len);
                known.push((passer, effort.min(left), effort <= left));
            }
            if known.iter().any(|(other, _, fits)| *other == passer && !fits) {
                return false;
            }
            match theirs {
                Some(theirs) if self.could_pass_on(passer, held, &theirs, question) => companies.push(theirs),
                _ => return false,
            }
        }
        // From the patient down, more and more of them have a part in it.
        companies.reverse();
        (0..chain.len()).all(|place| !self.open_it_alone(&companies[..=place].concat(), &chain[place].1))
    }

    /// The companies of a holder who may use what they hold.
    fn companies_of_holder(&self, holder: Actor, at: u64) -> Option<Vec<u32>> {
        match holder {
            Actor::Person(name) => {
                let all = self.companies_of(name, at);
                all.iter().any(|company| self.in_good_standing(*company)).then_some(all)
            }
            Actor::Company(company) => self.in_good_standing(company).then(|| vec![company]),
            Actor::Everybody => None,
        }
    }

    /// Whether a holder, and who acted for them, had for this question what they passed on.
    fn could_pass_on(&self, (holder, by): Passer, held: &Provision, companies: &[u32], question: &Question) -> bool {
        let denied = |said| matches!(said, Some((false, _)));
        let said = self.patient_says(holder, Some(companies), question);
        let a_company_is_denied = || {
            let mut said = companies.iter();
            said.any(|company| denied(self.patient_says(Actor::Company(*company), Some(companies), question)))
        };
        let said_of_who_acted = by.and_then(|name| self.patient_says(Actor::Person(name), Some(companies), question));
        held.permits
            && held.may_pass_on
            && !denied(said)
            && (said.is_some() || !a_company_is_denied())
            && !denied(said_of_who_acted)
            && self.applies(&[held], None, question)
    }
}

/// Who holds what: each but the first was passed on by the one before.
type Chain = Vec<(Actor, Provision)>;
/// Somebody who passed something on, and who acted for them.
type Passer = (Actor, Option<u8>);
/// Somebody who was looked into, for how many companies that counts, and whether it was not too many.
type Looked = (Passer, usize, bool);
