export {
  type Account,
  accountFromPhrase,
  accountFromSeed,
  developmentAccount,
  generateAccount,
} from './accounts.ts'
export type { Actor } from './actor.ts'
export { acceptRole, type AcceptRoleParameters } from './actions/acceptRole.ts'
export { activatePatient, type ActivatePatientParameters } from './actions/activatePatient.ts'
export {
  type Aggregate,
  aggregate,
  type AggregateLeftOut,
  type AggregateParameters,
  type AggregateSum,
} from './actions/aggregate.ts'
export { appoint, type AppointParameters } from './actions/appoint.ts'
export { approve, type ApproveParameters } from './actions/approve.ts'
export { breakGlass, type BreakGlassParameters, type BrokenGlass } from './actions/breakGlass.ts'
export { cancelErasure, type CancelErasureParameters } from './actions/cancelErasure.ts'
export { closeGlass, type CloseGlassParameters } from './actions/closeGlass.ts'
export { type AddressBook, connect, type ConnectParameters } from './actions/connect.ts'
export { count, type CountParameters, type ResearchUse } from './actions/count.ts'
export { createCard, type CreateCardParameters, type PatientCard } from './actions/createCard.ts'
export { decline, type DeclineParameters } from './actions/decline.ts'
export { delegate, type Delegated, type DelegateParameters } from './actions/delegate.ts'
export { disclosures, type DisclosuresParameters } from './actions/disclosures.ts'
export { disclosuresByServer, type ServerLog } from './actions/disclosuresByServer.ts'
export { dismiss, type DismissParameters } from './actions/dismiss.ts'
export { erase, type EraseParameters, type ErasureReason, type RequestedErasure } from './actions/erase.ts'
export { type Erasure, erasures, type ErasuresParameters } from './actions/erasures.ts'
export { exportBundle } from './actions/exportBundle.ts'
export {
  type ExportedRecord,
  type ExportParameters,
  exportRecords,
  type ExportSummary,
  type LeftOut,
  type LeftOutReason,
} from './actions/exportRecords.ts'
export { foretell, type ForetellParameters, type Foretold } from './actions/foretell.ts'
export { grant, type Granted, type GrantParameters } from './actions/grant.ts'
export { type Grantee, type Grants, grants, type GrantsParameters, type StandingGrant } from './actions/grants.ts'
export {
  guardianAct,
  type GuardianActParameters,
  type GuardianDeed,
  type GuardianVote,
} from './actions/guardianAct.ts'
export { type Guardians, guardians, type GuardiansParameters } from './actions/guardians.ts'
export { type Invitation, invite, type InviteParameters, readInvitation, type ReadInvitationParameters } from './actions/invite.ts'
export { nameOrganisation, type NameOrganisationParameters } from './actions/nameOrganisation.ts'
export { nameRecoveryKey, type NameRecoveryKeyParameters } from './actions/nameRecoveryKey.ts'
export { open, type Opened } from './actions/open.ts'
export { type OpenedFacts, type OpenedStream, type OpenParameters, openStream } from './actions/openStream.ts'
export {
  type Organisation,
  organisation,
  type OrganisationList,
  type OrganisationMember,
  type OrganisationParameters,
  type UnreviewedGlass,
  type UnvouchedPatient,
} from './actions/organisation.ts'
export { type Proposal, type Proposals, proposals } from './actions/proposals.ts'
export { propose, type ProposeParameters } from './actions/propose.ts'
export { publishKeys, type PublishKeysParameters } from './actions/publishKeys.ts'
export { type CheckedNote, readNote, type ReadNoteParameters } from './actions/readNote.ts'
export { recover, type RecoverParameters } from './actions/recover.ts'
export { register, type RegisterParameters } from './actions/register.ts'
export { renounceRole, type RenounceRoleParameters } from './actions/renounceRole.ts'
export { request, type Requested, type RequestNote, type RequestParameters } from './actions/request.ts'
export { type PendingRequest, type Requests, requests, type RequestsParameters } from './actions/requests.ts'
export { review, type Reviewed, type ReviewParameters } from './actions/review.ts'
export { revoke, type RevokeParameters } from './actions/revoke.ts'
export { revokeAll, type RevokeAllParameters } from './actions/revokeAll.ts'
export { search, searchAll, type SearchPage, type SearchParameters } from './actions/search.ts'
export { secondErasure, type SecondErasureParameters } from './actions/secondErasure.ts'
export { setGuardians, type SetGuardiansParameters } from './actions/setGuardians.ts'
export { undelegate, type UndelegateParameters } from './actions/undelegate.ts'
export {
  type Permission,
  type RecordPosition,
  type Unverified,
  type Verification,
  verify,
  type VerifyParameters,
} from './actions/verify.ts'
export { vote, type Voted, type VoteParameters } from './actions/vote.ts'
export { type ToldEvent, type ToldHead, watch, type Watched, type WatchParameters } from './actions/watch.ts'
export { withdraw, type WithdrawParameters } from './actions/withdraw.ts'
export { withdrawRequest, type WithdrawRequestParameters } from './actions/withdrawRequest.ts'
export type { Anchor, AnchorBlock, AnchoredRecord, AsOf, Fate } from './anchors.ts'
export { accountId, type AccountLike, type Hex, ss58 } from './bytes.ts'
export { Chain, type Head, type TransactionSigner, type TransactionStatus, type WalletSigner } from './chain.ts'
export { dataClasses } from './classes.ts'
export { init, type ModuleSource } from './core.ts'
export { AegleError, type AegleErrorCode, type AegleErrorDetails, errorCodes } from './error.ts'
export {
  generatePatient,
  generateReader,
  type Patient,
  patientFromSecret,
  type Reader,
  readerFromSecret,
} from './keys.ts'
export { type KeyStore, openKeyStore } from './keyStore.ts'
export type { ListSource, NewestSource } from './lists.ts'
export type { Named, NamedReceipt } from './named.ts'
export { generatePhrase, type Phrase, phraseFromWords } from './phrase.ts'
export type { CommitteePlan } from './plans.ts'
export type { ProxyFailure, ProxyFault } from './proxies.ts'
export type { Receipt } from './receipt.ts'
export type { RoleName } from './roles.ts'
export { newSalt } from './salt.ts'
export type { ActionOptions, Aegle, NewestBlocks, Progress, Relayer, Server } from './session.ts'
export type { Confidentiality, DataClass, Purpose } from './terms.ts'
export {
  connectWallet,
  type ConnectWalletParameters,
  type Wallet,
  walletAccounts,
  type WalletEntry,
  type WalletParameters,
  wallets,
} from './wallets.ts'
export type { Count, CountAnswer, DisclosureEntry, Hit, RecordPlace } from './wire.ts'
