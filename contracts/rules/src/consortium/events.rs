//! The events of the consortium contract.

use super::{
    Action, Committee, Contracts, JurisdictionDefault, KeyEntry, Limits, Named, ProxyOperators, Role, Upgrade, Which,
};
use crate::{message::events, AccountId, Hash, JurisdictionId, OrganisationId, ProposalId, Timestamp};
use alloc::vec::Vec;

events! {
    /// The committee admitted an organisation. A `RoleSet` for its admin follows.
    OrganisationAdmitted(
        "aegle/consortium/organisation-admitted/v1",
        "71d4d87b8bdd024b6e0a904c77f70992e9f3e14d4e0cb98f5d9228eb4c78f439"
    ) {
        /// Its number.
        organisation: OrganisationId,
        /// Its first admin.
        admin: AccountId,
    }

    /// The committee suspended an organisation.
    OrganisationSuspended(
        "aegle/consortium/organisation-suspended/v1",
        "0c46aad39f10bdb7d024c2a9d87a2b8ed1ee123f44d45fa531571521cee7521a"
    ) {
        /// Its number.
        organisation: OrganisationId,
    }

    /// The committee ended a suspension.
    OrganisationReinstated(
        "aegle/consortium/organisation-reinstated/v1",
        "df9b905c8b487643fc1246d5ec04e09ac3bce4172376bf93aa1cf3df49628945"
    ) {
        /// Its number.
        organisation: OrganisationId,
    }

    /// An account has this role from now on, and no other in that organisation.
    RoleSet(
        "aegle/consortium/role-set/v2",
        "70a22c2b1a9c50e810078508adf6809ba8d15a36b408d5bcf88cf89b92997541"
    ) {
        /// The account.
        account: AccountId,
        /// Its role.
        role: Role,
    }

    /// An account has no role any more, nor is it offered one: in one organisation, or in any.
    RoleRevoked(
        "aegle/consortium/role-revoked/v2",
        "82be138d022c3959702a685d0764b666a7f59b8942e113bbcb49b7bc19e7e76f"
    ) {
        /// The account.
        account: AccountId,
        /// The organisation; `None` for every one, where the committee keeps every admin from giving it another role.
        organisation: Option<OrganisationId>,
    }

    /// An organisation offers a role to an account that works for another one; it counts once the account accepts it.
    RoleOffered(
        "aegle/consortium/role-offered/v1",
        "5390b472ad0da60a536f8fb5ee35adbe2ff35c311bc7a367f228f516ce5f97b3"
    ) {
        /// The account.
        account: AccountId,
        /// The role; it has ended where the account declines it.
        role: Role,
    }

    /// An account set its entry of the key directory.
    KeySet(
        "aegle/consortium/key-set/v1",
        "149ab96468fea854f78684e7737aa7b98b150e813b3c792b7c7c9171d61a8051"
    ) {
        /// The account.
        account: AccountId,
        /// The new entry.
        entry: KeyEntry,
    }

    /// A member proposed something, which is also their vote. Where one vote is enough there is no such event.
    ProposalOpened(
        "aegle/consortium/proposal-opened/v1",
        "2c388bc4736de889415d4daad910f44fade53a38be2efd2a47754ef3e788c58c"
    ) {
        /// The proposal.
        id: ProposalId,
        /// Who proposed.
        proposer: AccountId,
        /// What is proposed.
        action: Action,
        /// The committee's epoch.
        epoch: u32,
        /// First millisecond at which it can no longer be voted on or executed.
        expires: Timestamp,
    }

    /// A member voted for a proposal, for the first time.
    Voted(
        "aegle/consortium/voted/v1",
        "7f3ab533f98adea8d27f70c4e7f683d4c0e73ea40852c05c0cff468c2c687930"
    ) {
        /// The proposal.
        id: ProposalId,
        /// Who voted.
        member: AccountId,
        /// How many members have voted for it now.
        votes: u8,
    }

    /// A proposal is no more. What it changed is told by the events that follow.
    ProposalClosed(
        "aegle/consortium/proposal-closed/v1",
        "d4a3acb87492dedbf055afc8a689687adfd18b881171e7b984d45a330d7989da"
    ) {
        /// The proposal.
        id: ProposalId,
        /// Whether it was executed; otherwise it was withdrawn.
        executed: bool,
    }

    /// There is another committee, and no open vote counts any more.
    CommitteeRotated(
        "aegle/consortium/committee-rotated/v2",
        "da1edbeff63af12ad275c9ae9768401b66094202eafb5e6804f542f5891d734c"
    ) {
        /// The committee.
        committee: Committee,
    }

    /// Somebody accepted the seat that a proposed rotation gives them.
    SeatAccepted(
        "aegle/consortium/seat-accepted/v1",
        "2451f2832cc40731744b0ec606a577ce3ffc41ed1ad6801942a06a9e20b99d28"
    ) {
        /// The proposal.
        id: ProposalId,
        /// Who.
        member: AccountId,
    }

    /// The members of the committee are of these organisations.
    SeatsSet(
        "aegle/consortium/seats-set/v1",
        "39eca6c8e0d3c5378f941788457f1d193d5aa0dd26cc8175e70c3a5548e3822d"
    ) {
        /// The organisations, in the order of the members.
        organisations: Vec<Option<OrganisationId>>,
    }

    /// One organisation takes the place of another as the custodian of its search domains.
    OrganisationSucceeded(
        "aegle/consortium/organisation-succeeded/v1",
        "209f1c88dabd3c85692e0363b16e04a0c90659a9a95c117fa4eb984e9bdb2027"
    ) {
        /// The other one.
        organisation: OrganisationId,
        /// The one that takes its place.
        successor: OrganisationId,
    }

    /// These contracts were replaced, and are told that there is no organisation any more.
    ContractsRetired(
        "aegle/consortium/contracts-retired/v1",
        "e3ae136e00656f6c64e15f3cdee987d43c024f650e9013b52034504281cd4bdb"
    ) {
        /// The contracts; one of them may go on.
        contracts: Contracts,
    }

    /// The consent and the ledger contract are these from now on.
    ContractsConnected(
        "aegle/consortium/contracts-connected/v1",
        "7bd1fb849fc66547115eb63863d93229aca2599a21bfca72bd69f89c24815cdc"
    ) {
        /// The contracts.
        contracts: Contracts,
    }

    /// The proxies are these from now on.
    ProxiesSet(
        "aegle/consortium/proxies-set/v1",
        "93e38c8e55f5f6a53622a20cfe59f6097f3c97ef613ab4627b613ab7b527c86f"
    ) {
        /// The proxies.
        proxies: ProxyOperators,
    }

    /// The limits are these from now on.
    LimitsSet(
        "aegle/consortium/limits-set/v2",
        "c3c6cad387d797de1439810b3c43540985f9779ee8ffdaf18b5fb7d2837f636d"
    ) {
        /// The limits.
        limits: Limits,
    }

    /// This counts in a jurisdiction from now on, where a patient has said nothing.
    JurisdictionSet(
        "aegle/consortium/jurisdiction-set/v1",
        "a219ee18e353aca294e547d3935446248a6db12c05a5d910c111e16cabc97908"
    ) {
        /// What counts.
        default: JurisdictionDefault,
    }

    /// An organisation is in that jurisdiction.
    OrganisationPlaced(
        "aegle/consortium/organisation-placed/v1",
        "5427ebaf16cc76d5ffa71533626a3831c951219483b53a6b142d9bf0e658cf5b"
    ) {
        /// The organisation.
        organisation: OrganisationId,
        /// The jurisdiction; `None` for none.
        jurisdiction: Option<JurisdictionId>,
    }

    /// A patient is of another jurisdiction than before, because an organisation there vouches for them, or the committee
    /// said so.
    ResidenceSet(
        "aegle/consortium/residence-set/v2",
        "14720e05f4bd4105a47d6103d8a13676be89338191e2f0ee6f623cd0680f2ba6"
    ) {
        /// The patient.
        patient: AccountId,
        /// The jurisdiction; `None` for none.
        jurisdiction: Option<JurisdictionId>,
    }

    /// New code is scheduled for a contract, and nothing else any more.
    UpgradeScheduled(
        "aegle/consortium/upgrade-scheduled/v2",
        "cdfee26baabd890ad3a1054a419ab129bd020ace5709db9061cb9911f4f9147b"
    ) {
        /// The contract.
        contract: Which,
        /// What, and when.
        upgrade: Upgrade,
    }

    /// No new code is scheduled for a contract any more.
    UpgradeCancelled(
        "aegle/consortium/upgrade-cancelled/v1",
        "b65321637cee1b7a66ac8e249f2824df0dfd289ec551d44683f8d6e75281e042"
    ) {
        /// The contract.
        contract: Which,
    }

    /// A contract runs other code from its next message on.
    Upgraded(
        "aegle/consortium/upgraded/v1",
        "31718909df4fe755f91b10e435a9e17a17fdfe316fd46e03f82c4b8089c7657c"
    ) {
        /// The contract.
        contract: Which,
        /// Hash of the code.
        code_hash: Hash,
    }

    /// A contract refused what it was told in an emergency, which counts everywhere else; `publish` tells it again.
    DeliveryRefused(
        "aegle/consortium/delivery-refused/v1",
        "55167402ff5bacfeda3e7597078c0e321fa04b86c284b5d24a7def099c26ad6d"
    ) {
        /// The contract.
        contract: Which,
        /// Whose role it was told; `None` for the organisations.
        account: Option<AccountId>,
    }

    /// A member called for a pause.
    PauseCalled(
        "aegle/consortium/pause-called/v1",
        "b7b4270150d7b72e750bd1d8c862679784be433d199e8dd22d3cb69417d99c45"
    ) {
        /// The member.
        member: AccountId,
    }

    /// Nothing is permitted until then, but for what a broken glass shows; enough members called for it.
    Paused(
        "aegle/consortium/paused/v1",
        "ab91c5385ca2410232de6ad892b73a9eec8e37142094d1fd585de98748297f59"
    ) {
        /// First millisecond at which the pause is over.
        until: Timestamp,
    }

    /// The committee ended a pause.
    Resumed(
        "aegle/consortium/resumed/v1",
        "951f6e98e30fca82c7f051124b0ab3803ffa8ef07f465ad476d93f223973e7de"
    ) {
    }

    /// An account registered as a patient.
    PatientRegistered(
        "aegle/consortium/patient-registered/v3",
        "91901037aa81f12104a27af3084927082b34e29c04fdd27b5cda1b16e98508d7"
    ) {
        /// The account.
        patient: AccountId,
        /// The organisation that alone may vouch for them, where, and until when; `None` for nobody.
        named: Option<Named>,
    }

    /// A patient named the organisation that alone may vouch for them from now on.
    OrganisationNamed(
        "aegle/consortium/organisation-named/v2",
        "7b07df2e40f035c360ee2456bbfa4cbf6571f6389a9cf609fdf0e6a270cbca43"
    ) {
        /// The patient.
        patient: AccountId,
        /// The organisation, where it is, and until when it may; `None` for nobody.
        named: Option<Named>,
    }

    /// An organisation vouches for a patient.
    PatientActivated(
        "aegle/consortium/patient-activated/v1",
        "f16ddafbf8de4066502b51bf4174065056e234b6e24042a64dbe089a4cf58da5"
    ) {
        /// The patient.
        patient: AccountId,
        /// The organisation.
        organisation: OrganisationId,
        /// The admin who said so.
        by: AccountId,
    }
}
