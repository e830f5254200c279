import type { Aegle } from '@aegle/sdk'
import { contract } from '@aegle/sdk/contracts'
import consentMetadata from '@aegle/sdk/metadata/consent.json' with { type: 'json' }
import consortiumMetadata from '@aegle/sdk/metadata/consortium.json' with { type: 'json' }

function made(aegle: Aegle) {
  // Messages that only read do not look at who calls.
  return {
    consent: contract(aegle, 'consent', consentMetadata, aegle.contracts.consent),
    consortium: contract(aegle, 'consortium', consortiumMetadata, aegle.contracts.consortium),
  }
}

/** The contracts of a connection, to be asked what no action of the SDK asks. */
export type Contracts = ReturnType<typeof made>

const known = new WeakMap<Aegle, Contracts>()

/** Returns the contracts of a connection; reading their metadata takes a while, so that it is done once. */
export function contractsOf(aegle: Aegle): Contracts {
  const found = known.get(aegle) ?? made(aegle)
  known.set(aegle, found)
  return found
}
