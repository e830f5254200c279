//! What provisions of the second opinion are about, and how far they permit.

use super::{Actor, Chain, Provision, Question};

/// Adds the chains that go on from the last of one, and end with `actor`.
pub(super) fn collect_shares(chain: &[(Actor, Provision)], actor: Actor, shares: &mut Vec<Chain>) {
    let (holder, provision) = &chain[chain.len() - 1];
    if let ([_], nested) = (chain, &provision.nested) {
        for nested in nested {
            // What is nested is the same holder's, within the scope of what is around it.
            collect_shares(&[(*holder, within(provision, nested))], actor, shares);
        }
    }
    for share in &provision.shares {
        let longer = [chain, &[(share.to, share.provision.clone())]].concat();
        if share.to == actor {
            shares.push(longer.clone());
        }
        collect_shares(&longer, actor, shares);
    }
}

/// A nested provision with the scope of what is around it added to its own.
pub(super) fn within(outer: &Provision, nested: &Provision) -> Provision {
    let mut inner = nested.clone();
    inner.purposes.retain(|purpose| outer.purposes.contains(purpose));
    inner.classes.retain(|class| outer.classes.contains(class));
    inner.from = inner.from.max(outer.from);
    inner.until = inner.until.min(outer.until);
    inner.records = inner.records.or(outer.records);
    inner.written = match (outer.written, inner.written) {
        (Some((from, until)), Some((own_from, own_until))) => Some((from.max(own_from), until.min(own_until))),
        (one, other) => one.or(other),
    };
    match (outer.writer, inner.writer) {
        // Nobody is two people.
        (Some(one), Some(other)) if one != other => inner.gone = true,
        (one, other) => inner.writer = other.or(one),
    }
    inner
}

/// Whether a provision, or one nested in it, is about the purpose, whatever else it says.
pub(super) fn speaks_of(path: &[&Provision], question: &Question) -> bool {
    let provision = path[path.len() - 1];
    let mut nested = provision.nested.iter();
    for_that_purpose(path, question) || nested.any(|nested| speaks_of(&[path, &[nested]].concat(), question))
}

/// Whether the last provision of a path is about the purpose. Emergency treatment is a kind of treatment: who denies this
/// denies that.
pub(super) fn for_that_purpose(path: &[&Provision], question: &Question) -> bool {
    let all_name = |purpose| path.iter().all(|provision| provision.purposes.contains(&purpose));
    let purpose = question.purposes[0];
    all_name(purpose) || (!path[path.len() - 1].permits && purpose == "ETREAT" && all_name("TREAT"))
}

/// Whether a provision, around one that permits or denies, has the record and the time asked about in its scope.
pub(super) fn in_scope(provision: &Provision, permits: bool, question: &Question) -> bool {
    let written_then = provision.written.is_none_or(|(from, until)| {
        if question.authored > question.at {
            // Nobody knows when.
            !permits
        } else {
            (from..until).contains(&question.authored)
        }
    });
    provision.classes.contains(&question.class)
        && (provision.from.max(provision.signed)..provision.until).contains(&question.at)
        && written_then
        && (provision.writer.is_none() || provision.writer == Some(question.author))
}

/// Who may ask for what at all.
pub(super) fn asks_for(role: &str, purpose: &str) -> bool {
    match role {
        "clinician" => ["TREAT", "ETREAT", "BTG"].contains(&purpose),
        "researcher" => purpose == "HRESCH",
        "insurer" => purpose == "HPAYMT",
        "organisation-admin" | "auditor" => ["HOPERAT", "PUBHLTH"].contains(&purpose),
        _ => false,
    }
}

/// The Data Use Ontology, in words.
pub(super) fn research_allowed(provision: &Provision, question: &Question) -> bool {
    let about = match provision.permission {
        "NRES" => true,
        "GRU" => !question.using.is_empty(),
        "HMB" => ["methods", "health", "disease"].contains(&question.using),
        "DS" => question.using == "disease",
        "POA" => question.using == "ancestry",
        other => panic!("{other} permits no research and should not have been granted"),
    };
    let attests = |what: &str| question.attested.contains(&what);
    let goes_as_far = match question.doing {
        "count" => true,
        "find" => provision.extent != "count",
        _ => provision.extent == "open",
    };
    about
        && goes_as_far
        && provision.modifiers.iter().all(|modifier| match *modifier {
            "CC" => true,
            "NMDS" => question.using != "methods",
            "NPU" => attests("NPU") || attests("NPUNCU"),
            "NCU" => attests("NCU") || attests("NPUNCU"),
            "NPUNCU" => attests("NPUNCU") || (attests("NPU") && attests("NCU")),
            other => attests(other),
        })
}
