//! Registrations of patients in words: who may vouch for them, who does, and whose law counts.

use crate::day::{day, minute};
use aegle_rules::{
    JurisdictionId,
    consortium::{Named, Registration},
};

/// Says who may vouch for a patient, until when, and whose law counts for them then.
pub fn may_vouch(named: Option<&Named>) -> String {
    let Some(Named {
        organisation,
        jurisdiction,
        until,
    }) = named
    else {
        return "nobody may vouch for them".into();
    };
    let until = minute(*until);
    format!(
        "organisation {organisation} alone may vouch for them, until {until}, and then {}",
        law(*jurisdiction)
    )
}

/// Says who vouches for a patient, whose law counts for them, and who may settle it anew.
pub fn registration(registration: &Registration) -> String {
    let Registration {
        registered_at,
        named,
        activated_by,
        jurisdiction,
        ..
    } = registration;
    let vouches = match activated_by {
        Some(organisation) => format!("organisation {organisation} vouches for them"),
        None => "nobody vouches for them".into(),
    };
    let (law, next) = (law(*jurisdiction), may_vouch(named.as_ref()));
    format!("registered on {}; {vouches}; {law}; {next}", day(*registered_at))
}

fn law(jurisdiction: Option<JurisdictionId>) -> String {
    match jurisdiction {
        Some(jurisdiction) => format!("the law of jurisdiction {jurisdiction} counts where they have said nothing"),
        None => "nothing is permitted where they have said nothing".into(),
    }
}
