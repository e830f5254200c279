//! Invitations: an organisation's admin says that a server may pay for somebody for whom nobody vouches yet.
//!
//! Anybody can draw a key and register with it, so that a server that paid for every registration would pay for whoever
//! draws the most keys. An invitation is for one patient, who names the organisation that invites, at one server.

use super::{Format, FormatError};
use crate::{
    Contracts, bytes,
    request::{self, RequestSignature},
    tags,
};
use aegle_rules::{AccountId, Hash, OrganisationId, Timestamp};
use core::{fmt, str::FromStr};
use scale::{Decode, DecodeAll, Encode};

/// How far ahead an invitation may end, in milliseconds: 30 days.
pub const MAX_INVITATION_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// Most bytes of an invitation that are read.
pub const MAX_INVITATION_BYTES: usize = 512;

/// How the signed bytes begin and end: as wallets put it around what is no transaction.
const OPENING: &[u8] = b"<Bytes>";
const CLOSING: &[u8] = b"</Bytes>";

/// What an admin says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Invitation {
    /// Hash of the chain's first block.
    pub genesis: Hash,
    /// The consortium contract, which keeps who is an admin of what.
    pub consortium: AccountId,
    /// The account of the server that is to pay.
    pub server: AccountId,
    /// The patient's account.
    pub patient: AccountId,
    /// The organisation that is going to vouch for them.
    pub organisation: OrganisationId,
    /// First millisecond at which the invitation no longer counts.
    pub expires: Timestamp,
}

/// An invitation with the signature of the organisation's admin. As text, it is [`Format::Invitation`] in hexadecimal digits
/// after `0x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedInvitation {
    /// What is said.
    pub invitation: Invitation,
    /// The account of who says so.
    pub admin: AccountId,
    /// sr25519 signature of [`Invitation::signed_bytes`], under the signing context `substrate`.
    pub signature: RequestSignature,
}

/// An invitation for this patient at this server that its admin has signed and that has not ended. Whether the account is an
/// admin's, the chain says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedInvitation {
    admin: AccountId,
    organisation: OrganisationId,
}

/// The reason why an invitation does not count, whatever the chain says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvitationError {
    /// The bytes are of another format.
    #[error("the invitation cannot be read: give the line that `aegle staff invite` has written ({0})")]
    Format(#[from] FormatError),
    /// The bytes are no invitation.
    #[error(
        "the invitation cannot be read: give all of the line that `aegle staff invite` has written, and nothing else"
    )]
    Encoding,
    /// It was made for another chain or consortium.
    #[error(
        "the invitation is for another consortium: ask an admin of the organisation that you name for one for this"
    )]
    Consortium,
    /// It was made for another server.
    #[error(
        "the invitation is for another server: ask there, or ask an admin of the organisation that you name for one for this \
         server (`aegle staff invite`)"
    )]
    Server,
    /// It was made for another patient.
    #[error(
        "the invitation is another patient's: ask an admin of the organisation that you name for your own (`aegle staff invite`)"
    )]
    Patient,
    /// It has ended.
    #[error(
        "the invitation has ended: ask an admin of the organisation that you name for another one (`aegle staff invite`)"
    )]
    Expired,
    /// It ends too far ahead.
    #[error(
        "the invitation ends more than 30 days from now: ask an admin of the organisation that you name for a shorter one \
         (`aegle staff invite`)"
    )]
    TooFarAhead,
    /// The signature is not the admin's, or is of something else.
    #[error(
        "the invitation was changed, or is not signed by whom it says: ask an admin of the organisation that you name for \
         another one (`aegle staff invite`)"
    )]
    Signature,
}

impl Invitation {
    /// Returns what is signed: `<Bytes>`, [`tags::INVITATION`], the SCALE of the invitation, and `</Bytes>`.
    pub fn signed_bytes(&self) -> Vec<u8> {
        [OPENING, tags::INVITATION.as_bytes(), &self.encode(), CLOSING].concat()
    }

    /// Signs the invitation as an admin: `sign` gives the account's sr25519 signature in the context `substrate`.
    pub fn sign(self, admin: AccountId, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> SignedInvitation {
        SignedInvitation {
            invitation: self,
            admin,
            signature: RequestSignature(sign(&self.signed_bytes())),
        }
    }
}

impl SignedInvitation {
    /// Reads an invitation that is the whole of `bytes`.
    ///
    /// # Errors
    /// [`InvitationError::Format`] and [`InvitationError::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvitationError> {
        if bytes.len() > MAX_INVITATION_BYTES {
            return Err(InvitationError::Encoding);
        }
        Self::decode_all(&mut Format::Invitation.body(bytes)?).map_err(|_| InvitationError::Encoding)
    }

    /// Encodes the invitation ([`Format::Invitation`]).
    pub fn to_bytes(&self) -> Vec<u8> {
        Format::Invitation.encode(self)
    }

    /// Verifies that an account has signed the invitation, for this patient, at the server with that account, and that it has
    /// not ended.
    ///
    /// # Errors
    /// [`InvitationError`].
    pub fn verify(
        &self,
        contracts: &Contracts,
        server: &AccountId,
        patient: &AccountId,
        now: Timestamp,
    ) -> Result<VerifiedInvitation, InvitationError> {
        let invitation = &self.invitation;
        if (invitation.genesis, invitation.consortium) != (contracts.genesis, contracts.consortium) {
            return Err(InvitationError::Consortium);
        }
        if invitation.server != *server {
            return Err(InvitationError::Server);
        }
        if invitation.patient != *patient {
            return Err(InvitationError::Patient);
        }
        if invitation.expires <= now {
            return Err(InvitationError::Expired);
        }
        if invitation.expires - now > MAX_INVITATION_MS {
            return Err(InvitationError::TooFarAhead);
        }
        request::is_signed_by(&self.admin.0, &invitation.signed_bytes(), &self.signature)
            .map_err(|_| InvitationError::Signature)?;
        Ok(VerifiedInvitation {
            admin: self.admin,
            organisation: invitation.organisation,
        })
    }
}

impl fmt::Display for SignedInvitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bytes::to_hexadecimal(&self.to_bytes()))
    }
}

impl FromStr for SignedInvitation {
    type Err = InvitationError;

    /// Reads hexadecimal digits, with or without `0x` before them.
    fn from_str(text: &str) -> Result<Self, InvitationError> {
        let bytes = bytes::from_hexadecimal(text).map_err(|_| InvitationError::Encoding)?;
        Self::from_bytes(&bytes)
    }
}

impl VerifiedInvitation {
    /// Returns the account of who invites: an admin, if the chain says so.
    pub fn admin(&self) -> AccountId {
        self.admin
    }

    /// Returns the organisation that invites.
    pub fn organisation(&self) -> OrganisationId {
        self.organisation
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, signing_context};

    const NOW: Timestamp = 1_000_000;
    const SERVER: AccountId = AccountId([4; 32]);
    const PATIENT: AccountId = AccountId([5; 32]);
    const CONTRACTS: Contracts = Contracts {
        genesis: Hash([1; 32]),
        consortium: AccountId([2; 32]),
        consent: AccountId([3; 32]),
        ledger: AccountId([6; 32]),
    };
    const INVITATION: Invitation = Invitation {
        genesis: CONTRACTS.genesis,
        consortium: CONTRACTS.consortium,
        server: SERVER,
        patient: PATIENT,
        organisation: OrganisationId(7),
        expires: NOW + MAX_INVITATION_MS,
    };

    fn pair(seed: u8) -> Keypair {
        let mini = MiniSecretKey::from_bytes(&[seed; 32]).unwrap();
        mini.expand_to_keypair(ExpansionMode::Ed25519)
    }

    fn signed(invitation: Invitation) -> SignedInvitation {
        let pair = pair(9);
        invitation.sign(AccountId(pair.public.to_bytes()), |message| {
            pair.sign(signing_context(request::SIGNING_CONTEXT).bytes(message))
                .to_bytes()
        })
    }

    fn verify(signed: &SignedInvitation) -> Result<VerifiedInvitation, InvitationError> {
        signed.verify(&CONTRACTS, &SERVER, &PATIENT, NOW)
    }

    #[test]
    fn an_invitation_counts_for_one_patient_at_one_server_until_it_ends() {
        let found = verify(&signed(INVITATION)).unwrap();
        assert_eq!(found.organisation(), OrganisationId(7));
        assert_eq!(found.admin().0, pair(9).public.to_bytes());
        let other = AccountId([8; 32]);
        for (changed, expected) in [
            (
                Invitation {
                    genesis: Hash([8; 32]),
                    ..INVITATION
                },
                InvitationError::Consortium,
            ),
            (
                Invitation {
                    consortium: other,
                    ..INVITATION
                },
                InvitationError::Consortium,
            ),
            (
                Invitation {
                    server: other,
                    ..INVITATION
                },
                InvitationError::Server,
            ),
            (
                Invitation {
                    patient: other,
                    ..INVITATION
                },
                InvitationError::Patient,
            ),
            (
                Invitation {
                    expires: NOW,
                    ..INVITATION
                },
                InvitationError::Expired,
            ),
            (
                Invitation {
                    expires: NOW + MAX_INVITATION_MS + 1,
                    ..INVITATION
                },
                InvitationError::TooFarAhead,
            ),
        ] {
            assert_eq!(verify(&signed(changed)), Err(expected), "{changed:?}");
        }
    }

    #[test]
    fn what_is_changed_after_it_was_signed_is_refused() {
        let whole = signed(INVITATION);
        let organisation = SignedInvitation {
            invitation: Invitation {
                organisation: OrganisationId(8),
                ..INVITATION
            },
            ..whole
        };
        let admin = SignedInvitation {
            admin: AccountId(pair(10).public.to_bytes()),
            ..whole
        };
        let mut signature = whole;
        signature.signature.0[0] ^= 1;
        for changed in [organisation, admin, signature] {
            assert_eq!(verify(&changed), Err(InvitationError::Signature));
        }
        // What an admin signs of another kind is none.
        let pair = pair(9);
        let other = SignedInvitation {
            signature: RequestSignature(
                pair.sign(signing_context(request::SIGNING_CONTEXT).bytes(&INVITATION.encode()))
                    .to_bytes(),
            ),
            ..whole
        };
        assert_eq!(verify(&other), Err(InvitationError::Signature));
    }

    #[test]
    fn an_invitation_is_read_back_from_its_line_alone() {
        let whole = signed(INVITATION);
        let line = whole.to_string();
        assert_eq!(line.parse(), Ok(whole));
        assert_eq!(line.trim_start_matches("0x").parse(), Ok(whole));
        let longer = format!("{line}00");
        let huge = format!("{line}{}", "00".repeat(MAX_INVITATION_BYTES));
        for broken in [
            &line[..line.len() - 2],
            &line[..line.len() - 1],
            &longer,
            &huge,
            "an invitation",
        ] {
            assert_eq!(
                broken.parse::<SignedInvitation>(),
                Err(InvitationError::Encoding),
                "{broken}"
            );
        }
        let other = Format::ShareDeposit.encode(&whole);
        let refused = SignedInvitation::from_bytes(&other);
        assert!(matches!(
            refused,
            Err(InvitationError::Format(FormatError::Kind { .. }))
        ));
        let mut newer = whole.to_bytes();
        newer[5] += 1;
        let refused = SignedInvitation::from_bytes(&newer).unwrap_err().to_string();
        assert!(refused.contains("use a later release"), "{refused}");
    }
}
