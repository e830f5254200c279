export {
  type Account,
  accountFromPhrase,
  accountFromSeed,
  developmentAccount,
  generateAccount,
} from './accounts.ts'
export { type AddressBook, connect, type ConnectParameters } from './actions/connect.ts'
export { createCard, type CreateCardParameters, type PatientCard } from './actions/createCard.ts'
export { disclosures, type DisclosuresParameters } from './actions/disclosures.ts'
export { grant, type Granted, type GrantParameters } from './actions/grant.ts'
export { open, type Opened, type OpenParameters } from './actions/open.ts'
export { publishKeys, type PublishKeysParameters } from './actions/publishKeys.ts'
export { revoke, type RevokeParameters } from './actions/revoke.ts'
export { search, searchAll, type SearchPage, type SearchParameters } from './actions/search.ts'
export { accountId, type AccountLike, type Hex, ss58 } from './bytes.ts'
export { Chain, type Head, type TransactionSigner, type TransactionStatus } from './chain.ts'
export { init, type ModuleSource } from './core.ts'
export { AegleError, type AegleErrorCode, type AegleErrorDetails, errorCodes } from './error.ts'
export {
  generatePatient,
  generateReader,
  type Patient,
  patientFromPhrase,
  patientFromSecret,
  type Reader,
  readerFromSecret,
} from './keys.ts'
export { type KeyStore, openKeyStore } from './keyStore.ts'
export type { Receipt } from './receipt.ts'
export type { ActionOptions, Aegle, Server } from './session.ts'
export type { Confidentiality, DataClass, Purpose } from './terms.ts'
export type { DisclosureEntry, Hit, RecordPlace } from './wire.ts'
