import type { components as Indexer } from '../generated/wire/indexer.d.ts'

/** A record that was found and that the contract lets the searcher see. */
export type Hit = Indexer['schemas']['Hit']
/** The place of a record among those that were found: where a page of a search ended. */
export type RecordPlace = Indexer['schemas']['RecordPlace']
/** What the chain told that concerns an account, as an indexer says it. */
export type Notification = Indexer['schemas']['Notification']
/** An entry of the log of disclosures. */
export type DisclosureEntry = Indexer['schemas']['DisclosureEntry']
/** What an indexer says of itself. */
export type Status = Indexer['schemas']['Status']
/** The answer to a count. */
export type CountAnswer = Indexer['schemas']['CountAnswer']
/** A number of patients, as far as it is told. */
export type Count = Indexer['schemas']['Count']
