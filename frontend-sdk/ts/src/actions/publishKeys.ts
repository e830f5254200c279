import type { Patient, Reader } from '../keys.ts'
import { type Receipt, receipt, type WrittenReceipt } from '../receipt.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'

/** Whose keys are published. */
export interface PublishKeysParameters extends ActionOptions {
  /** A patient, or somebody who reads records of others. */
  readonly of: Patient | Reader
}

/**
 * Publishes public keys in the directory on chain, so that others can seal to them. A patient’s keys go to the indexer
 * besides, and their restricted slots are marked. It may be done again.
 *
 * @returns the receipt of each transaction: two for a patient, one for a reader
 * @throws `contract-refused`, `no-funds`, `not-included`, `outcome-unknown`, `chain-unavailable`, `service-refused`,
 * `service-unreachable`, `aborted`
 */
export async function publishKeys(aegle: Aegle, parameters: PublishKeysParameters): Promise<Receipt[]> {
  const { of, ...options } = parameters
  const { keys, account } = of
  const written = await run(aegle, account, options, (host) =>
    'enrol' in keys ? keys.enrol(aegle.deployment, host) : keys.publish(aegle.deployment, host),
  )
  const parsed = JSON.parse(written) as WrittenReceipt | WrittenReceipt[]
  return [parsed].flat().map(receipt)
}
