import { accountOf, type Actor } from '../actor.ts'
import { AegleError } from '../error.ts'
import { type ActionOptions, type Aegle, run } from '../session.ts'
import type { CountAnswer } from '../wire.ts'

/** What a researcher declares to do, as DUO has it. */
export type ResearchUse = 'methods' | 'ancestry' | 'health' | 'disease' | 'other'

/** Whom is counted, by whom, and for what. */
export interface CountParameters extends ActionOptions {
  /** The researcher. */
  readonly by: Actor
  /** The number of the custodian’s search domain. */
  readonly domain: number
  /** The query; docs/query-language.md. */
  readonly query: string
  /** Terms that are counted by besides, such as `status:final`: a patient counts if one record has query and term. */
  readonly groups?: readonly string[]
  /** What it is for. */
  readonly use: ResearchUse
  /** The conditions that the researcher meets, by their DUO codes, such as `IRB`. */
  readonly attested?: readonly string[]
  /** The address of the custodian’s token service, where it is not that of `connect`. */
  readonly custodian?: string
}

/**
 * Counts the patients of a custodian who consent to this research and have a record that the query finds. Small numbers are
 * not told, and the others are noised; each answer takes from the researcher’s privacy budget of the day. It is not
 * repeated by itself.
 *
 * @throws `query`, `no-domain`, `no-batch`, `service-refused` without a role or a budget, `chain-unavailable`,
 * `service-unreachable`, `argument`, `aborted`
 */
export async function count(aegle: Aegle, parameters: CountParameters): Promise<CountAnswer> {
  const { by, domain, query, groups, use, attested, custodian, ...options } = parameters
  const service = custodian === undefined ? aegle.custodian : aegle.server(custodian)
  if (!service) {
    throw new AegleError('argument', 'no token service is named: give `custodian` here, or when connecting')
  }
  const account = accountOf(by)
  const question = { custodian: service, domain, query, groups: groups ?? [], use, attested: attested ?? [] }
  const written = await run(aegle, undefined, options, (host) =>
    account.key.count(aegle.deployment, host, JSON.stringify(question)),
  )
  return JSON.parse(written) as CountAnswer
}
