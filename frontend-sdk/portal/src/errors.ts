import { AegleError, type AegleErrorCode, type ProxyFault, type Receipt } from '@aegle/sdk'
import type { MessageKey, Values } from './i18n.ts'
import { shortCode } from './people/names.ts'
import { SettingsError } from './settings.ts'
import { NOT_WHOLE } from './sharing/notes.ts'

/** What somebody is told when something does not work: what happened, and what to do. */
export interface Explained {
  readonly what: MessageKey
  readonly next: MessageKey
  /** For whoever helps: the SDK’s code, and the reason that a server gave. */
  readonly code: string
  /** Whether somebody or something changed what was received. */
  readonly tampering: boolean
  /** What is put into the two sentences. */
  readonly values?: Values
  /** What stands against it, in the English words of the SDK. */
  readonly why?: string
}

/** The reasons of an indexer that cannot ask the chain. */
const CHAIN_REASONS = new Set([
  'chain-unavailable',
  'connecting',
  'disconnected',
  'node-silent',
  'node-behind',
  'chain-stale',
  'catching-up',
  'ingestion-stopped',
])

const EXPLAINED: { readonly [code in AegleErrorCode]?: readonly [MessageKey, MessageKey] } = {
  aborted: ['error.aborted', 'error.aborted.next'],
  argument: ['error.argument', 'error.argument.next'],
  'bad-address-book': ['error.settings', 'error.settings.next'],
  'chain-unavailable': ['error.chain', 'error.chain.next'],
  content: ['error.content', 'error.content.next'],
  'contract-refused': ['error.refused', 'error.refused.next'],
  denied: ['error.notAllowed', 'error.notAllowed.next'],
  'false-answer': ['error.tampered', 'error.tampered.next'],
  'indexer-behind': ['error.behind', 'error.behind.next'],
  'indexer-fenced': ['error.server', 'error.server.next'],
  'indexer-stopped': ['error.server', 'error.server.next'],
  'key-exists': ['error.nameTaken', 'error.nameTaken.next'],
  'key-store': ['error.keyStore', 'error.keyStore.next'],
  limit: ['error.limit', 'error.limit.next'],
  'no-batch': ['error.noBatch', 'error.noBatch.next'],
  'no-contract': ['error.otherNetwork', 'error.otherNetwork.next'],
  'no-directory-key': ['error.noKey', 'error.noKey.next'],
  'no-funds': ['error.noFunds', 'error.noFunds.next'],
  'no-keys': ['error.noKeys', 'error.noKeys.next'],
  'no-role': ['error.noRole', 'error.noRole.next'],
  'not-carried-out': ['error.voteStands', 'error.voteStands.unknown'],
  'not-deposited': ['error.halfDone', 'error.halfDone.next'],
  'not-finalized': ['error.chain', 'error.chain.next'],
  'not-open': ['error.notOpen', 'error.notOpen.next'],
  'not-included': ['error.notDone', 'error.notDone.next'],
  'nothing-to-show': ['error.notAllowed', 'error.notAllowed.next'],
  'other-contract': ['error.old', 'error.old.next'],
  'other-deployment': ['error.otherNetwork', 'error.otherNetwork.next'],
  'other-network': ['error.otherNetwork', 'error.otherNetwork.next'],
  'other-note': ['error.otherNote', 'error.otherNote.next'],
  'other-server': ['error.otherNetwork', 'error.otherNetwork.next'],
  'outcome-unknown': ['error.unknownOutcome', 'error.unknownOutcome.next'],
  phrase: ['error.words', 'error.words.next'],
  protocol: ['error.old', 'error.old.next'],
  'proxy-key': ['error.tampered', 'error.tampered.next'],
  'proxy-unregistered': ['error.settings', 'error.settings.next'],
  query: ['error.query', 'error.query.next'],
  'service-unreachable': ['error.server', 'error.server.next'],
  'stale-node': ['error.stale', 'error.stale.next'],
  'too-few-proxies': ['error.tooFewProxies', 'error.tooFewProxies.next'],
  'unknown-server': ['error.settings', 'error.settings.next'],
}

/** Why an invitation does not count. */
const INVITATIONS: { readonly [reason: string]: readonly [MessageKey, MessageKey] } = {
  unreadable: ['error.invitation', 'error.invitation.whole'],
  'other-consortium': ['error.invitation.elsewhere', 'error.invitation.next'],
  'other-server': ['error.invitation.elsewhere', 'error.invitation.next'],
  'other-patient': ['error.invitation.others', 'error.invitation.next'],
  expired: ['error.invitation.over', 'error.invitation.next'],
  'too-far-ahead': ['error.invitation', 'error.invitation.next'],
  signature: ['error.invitation', 'error.invitation.next'],
}

/** Whether what failed so may have been done all the same. */
export function isUncertain(error: unknown): boolean {
  return error instanceof AegleError && ['outcome-unknown', 'closed', 'aborted'].includes(error.code)
}

/** Explains whatever was thrown. What is not known is said to be so, with its code. */
export function explain(error: unknown): Explained {
  if (error instanceof SettingsError) {
    return { what: 'error.settings', next: 'error.settings.next', code: error.message, tampering: false }
  }
  if (!(error instanceof AegleError)) {
    return { what: 'error.other', next: 'error.other.next', code: String(error), tampering: false }
  }
  const reason = error.details['reason']
  const particulars = typeof reason === 'string' ? reason : proxiesOf(error)
  const code = particulars ? `${error.code}: ${particulars}` : error.code
  const [what, next] = told(error, reason)
  const explained = { what, next, code, tampering: error.tampering }
  const voted = votedBefore(error)
  if (!voted) return explained
  const { cause } = error
  return { ...explained, values: { block: voted.block }, ...(typeof reason === 'string' && cause instanceof Error ? { why: cause.message } : {}) }
}

/** Why a contract refuses, in the English words of the SDK, where that is what failed: for who reads plans, which are in English too. */
export function refusedBecause(error: unknown): string | undefined {
  return error instanceof AegleError && error.code === 'contract-refused' ? error.shortMessage : undefined
}

/** The vote that counts though what it was enough for was not done, where that is what failed. */
export function votedBefore(error: unknown): Receipt | undefined {
  if (!(error instanceof AegleError) || error.code !== 'not-carried-out') return undefined
  return (error.details['receipts'] as readonly Receipt[] | undefined)?.[0]
}

/** The proxies that an error names, and what each did. */
function proxiesOf({ details }: AegleError): string {
  const proxies = details['proxies'] as readonly ProxyFault[] | undefined
  return (proxies ?? []).map(({ proxy, kind }) => `${shortCode(proxy)} ${kind}`).join(', ')
}

/** What servers say to whom they show nothing, for want of a role or a permit. */
const NOT_ALLOWED: ReadonlySet<string> = new Set(['not-permitted', 'consent-too-narrow', 'role-required'])

function told(error: AegleError, reason: unknown): readonly [MessageKey, MessageKey] {
  if (error.code === 'too-few-proxies' && error.tampering) return ['error.tampered', 'error.tampered.next']
  if (error.code === 'service-refused') {
    if (CHAIN_REASONS.has(String(reason))) return ['error.chain', 'error.chain.next']
    if (reason === 'budget-spent') return ['error.budget', 'error.budget.next']
    if (reason === 'paused') return ['error.paused', 'error.paused.next']
    if (NOT_ALLOWED.has(String(reason))) return ['error.notAllowed', 'error.notAllowed.next']
  }
  if (error.code === 'not-carried-out' && typeof reason === 'string') return ['error.voteStands', 'error.voteStands.next']
  if (error.code === 'limit' && reason === 'too-many-blocks') return ['error.tooLong', 'error.tooLong.next']
  if (error.code === 'contract-refused' && reason === 'RequestOpen') return ['error.askedAlready', 'error.askedAlready.next']
  if (error.code === 'argument' && reason === NOT_WHOLE) return ['error.partOfNote', 'error.partOfNote.next']
  if (error.code === 'argument' && typeof reason === 'string' && Object.hasOwn(INVITATIONS, reason)) return INVITATIONS[reason] ?? ['error.argument', 'error.argument.next']
  if (error.code === 'relay-refused' && reason === 'not-invited') return ['error.notInvited', 'error.invitation.next']
  if (error.code === 'key-store' && error.walk(isFull)) return ['error.full', 'error.full.next']
  return EXPLAINED[error.code] ?? ['error.other', 'error.other.next']
}

/** Whether a browser said that it has no room left. */
function isFull(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'QuotaExceededError'
}
