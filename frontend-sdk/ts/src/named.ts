import { millisIfGiven, whole } from './numbers.ts'
import { type Receipt, receipt, type WrittenReceipt } from './receipt.ts'

/** What a patient says of the organisation that alone may vouch for them. */
export interface Named {
  /** The organisation’s number. */
  readonly organisation: number
  /** The jurisdiction in which it is, whose law counts once it vouches; `null` for none. */
  readonly jurisdiction: number | null
  /** When it may vouch no more. */
  readonly until: Date
}

/** What was named, and what that cost. */
export interface NamedReceipt extends Receipt {
  /** What is on chain now: show it to the patient. `null` for nobody. */
  readonly named: Named | null
}

/** Whom a patient wants to name, as the core reads it. */
export interface WantedName {
  readonly patient?: string | null
  readonly organisation: number | null
  readonly jurisdiction?: number | undefined
  readonly until?: Date | undefined
  /** What a relayer may ask for. */
  readonly invitation?: string | undefined
}

/** @throws `argument` when a number is none */
export function writeName({ until, ...wanted }: WantedName): string {
  const { organisation, jurisdiction } = wanted
  if (organisation !== null) whole('the organisation', organisation)
  if (jurisdiction !== undefined) whole('the jurisdiction', jurisdiction)
  return JSON.stringify({ ...wanted, until: millisIfGiven('the end', until) })
}

export function readNamed(written: string): NamedReceipt {
  const done = JSON.parse(written) as { named: (Omit<Named, 'until'> & { until: number }) | null; receipt: WrittenReceipt }
  const named = done.named === null ? null : { ...done.named, until: new Date(done.named.until) }
  return { ...receipt(done.receipt), named }
}
