import type { LegacyClient } from 'dedot'
import { Contract, type ContractMetadata } from 'dedot/contracts'
import type { AegleConsentContractApi } from '../generated/contracts/aegle-consent/index.d.ts'
import type { AegleConsortiumContractApi } from '../generated/contracts/aegle-consortium/index.d.ts'
import type { AegleLedgerContractApi } from '../generated/contracts/aegle-ledger/index.d.ts'
import { type AccountLike, accountId, type Hex, ss58 } from './bytes.ts'
import type { Aegle } from './session.ts'

/** The contracts by name, with every message and event typed from their metadata. */
export interface ContractApis {
  readonly consortium: AegleConsortiumContractApi
  readonly consent: AegleConsentContractApi
  readonly ledger: AegleLedgerContractApi
}

/**
 * A contract of the deployment as it was after a block, to be asked what no action asks. The node must have kept the state of the
 * block.
 *
 * @param metadata the contract’s metadata, `@aegle/sdk/metadata/NAME.json`
 * @param caller who asks; a message that only reads does not look at it
 * @param block the hash of the block
 */
export async function contractAt<N extends keyof ContractApis>(
  aegle: Aegle,
  name: N,
  metadata: unknown,
  caller: AccountLike,
  block: Hex,
): Promise<Contract<ContractApis[N]>> {
  // What only reads asks no more of a client than its registry, and to call in the state of the block.
  const { client: now } = aegle.chain
  const client = { ...(await now.at(block)), tx: now.tx } as unknown as LegacyClient
  return new Contract<ContractApis[N]>(client, metadata as ContractMetadata, aegle.contracts[name], {
    defaultCaller: ss58(accountId('the caller', caller)),
  })
}

/**
 * A contract of the deployment, to be asked directly: dedot’s client of it, with typed messages and events.
 *
 * @param metadata the contract’s metadata, `@aegle/sdk/metadata/NAME.json`
 * @param caller who asks; a message that only reads does not look at it
 */
export function contract<N extends keyof ContractApis>(
  aegle: Aegle,
  name: N,
  metadata: unknown,
  caller: AccountLike,
): Contract<ContractApis[N]> {
  return new Contract<ContractApis[N]>(aegle.chain.client, metadata as ContractMetadata, aegle.contracts[name], {
    defaultCaller: ss58(accountId('the caller', caller)),
  })
}
