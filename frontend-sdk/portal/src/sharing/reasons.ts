import type { MessageKey } from '../i18n.ts'

/** The reasons for an emergency, by their codes on the consortium’s list. */
export const REASONS = [
  [1, 'reason.1'],
  [2, 'reason.2'],
  [3, 'reason.3'],
] as const satisfies readonly (readonly [number, MessageKey])[]

/** What a reason is called; one that is on no list is named by its code. */
export function reasonKey(code: number): MessageKey {
  return REASONS.find(([known]) => known === code)?.[1] ?? 'reason.other'
}
