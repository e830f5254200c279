/** Where the book is. */
const DOCS = 'docs/from-a-dapp.md'

/** What every code means for whoever gets it: what to do next. */
const NEXT = {
  aborted: 'The caller gave up. A transaction that was sent before may still be carried out.',
  argument: 'Correct the argument and call again.',
  'bad-address-book': 'Give what `aegle deploy` wrote into addresses.json.',
  'chain-refused': 'The runtime gives this reason; look at the account’s funds and at the message.',
  'chain-unavailable': 'Look whether the node runs and can be reached, then try again.',
  closed: 'Call `connect` again, and make no use of what was disconnected.',
  content: 'Whoever sealed the record coded it wrongly: ask its author.',
  'contract-refused': 'The reason is the contract’s own; contracts/rules says when it gives it.',
  denied: 'Ask the patient for a grant over this kind of record, for this purpose.',
  'false-answer': 'Do not use the answer, and tell the operator of the server: something was changed.',
  'indexer-behind': 'Wait until the indexer has caught up, then try again; its operator sees why it has not.',
  'indexer-fenced': 'Another server serves its database now: connect to that one, which its operator names.',
  'indexer-stopped': 'Use another indexer of the address book, and tell the operator of this one.',
  internal: 'This is a fault of the SDK: please report it.',
  'key-exists': 'Take another name, or remove what is there: without its phrase, a patient’s records are lost with it.',
  'key-store': 'In a private window, or where the site may store nothing, keys cannot be kept: have the user write the phrase down.',
  keys: 'Nothing was granted or published. Look at the cause.',
  limit: 'Ask for less at once.',
  'no-batch': 'The custodian must ingest first.',
  'no-contract': 'Look whether the address book is of this chain.',
  'no-directory-key': 'They publish a key first: publishKeys.',
  'no-domain': 'Ask the custodian for the number of its search domain.',
  'no-funds': 'Send funds to the account, then try again.',
  'no-key': 'Look at the name, or bring the keys back from their phrase.',
  'no-keys': 'Ask the patient to grant again: keys are split only for a named grantee.',
  'no-role': 'Roles are given by an organisation’s admin or the committee: ask them.',
  'no-wallet': 'Have the user install, unlock or choose a wallet, and let this page use it.',
  'no-webcrypto': 'Serve the page by https, or from this machine.',
  'not-carried-out':
    'The vote counts. As long as `proposals` lists it, it was not carried out: `vote` does so once nothing stands against it.',
  'not-deposited': 'Revoke the grant that `details.grant` names, and grant again.',
  'not-finalized': 'Try again when the node has caught up.',
  'not-included': 'Nothing was changed. Try again.',
  'not-initialised': 'Call `await init()` or `await connect(...)` first.',
  'not-open': 'List what is open: `requests`, `grants` or `proposals`.',
  'not-relayed': 'Do it over a connection without `relay`, from an account that has tokens.',
  'nothing-to-show': 'Look at the record’s id, and ask the patient for a grant if it is right.',
  'other-contract': 'The contracts and this release of the SDK do not fit: update the older one.',
  'other-deployment': 'Give the address book of the deployment that the indexer serves.',
  'other-network': 'Connect to a node of the chain that the address book names.',
  'other-note': 'Approve nothing, and ask the requester by another way.',
  'other-server': 'Ask the operator for the server’s account, and pin that in the address book.',
  'outcome-unknown': 'Look whether it was carried out before sending it again.',
  phrase: 'Compare the words with what was written down.',
  protocol: 'Client and server do not fit: update the older one.',
  'proxy-key': 'Do not grant. Tell the operator of the indexer.',
  'proxy-unregistered': 'The committee must register the indexer as a proxy first.',
  query: 'docs/query-language.md says what can be asked.',
  randomness: 'Without randomness no key can be made: use another machine.',
  'relay-forged': 'Do not trust this indexer: tell its operator, and connect to another one.',
  'relay-refused': 'The relayer says why; over a connection without `relay`, the account pays by itself.',
  'relayer-off': 'Connect to an indexer that relays, or without `relay`, from an account that has tokens.',
  'relayer-without-funds': 'Tell the indexer’s operator, and try again when the account that pays has tokens.',
  'service-refused': 'The reason is the server’s own; docs/http.md lists them.',
  'service-unreachable': 'Look whether the server runs, and whether it lets this page’s origin ask (CORS).',
  'session-ended': 'Call `connectWallet` again, and make patient or reader anew from its account.',
  'signature-rejected': 'Nothing was sent. Ask the user again, and say what they are asked to sign.',
  'signature-wrong': 'Nothing was sent. Look which account the wallet signs with, and that it signs texts unchanged.',
  'stale-node': 'Use another node, or wait until this one has caught up.',
  'too-few-proxies': 'Try again when the proxies that `details.proxies` names answer, and add those that are missing to the address book.',
  'unknown-server': 'Ask the server’s operator for its account, and pin that in the address book: `aegle servers add`.',
} as const

/** What to do next where a server’s reason says more than the code. */
const NEXT_BY_REASON: { readonly [reason: string]: string } = {
  'consent-too-narrow': 'Nobody can ask for all of it under this grant: ask the patient for one over whole kinds of records.',
  'not-activated': 'Have the organisation that the patient named vouch for them (`activatePatient`), then try again.',
  'not-invited': 'Ask the organisation that the patient names for an invitation, and give it as `invitation`.',
  'not-permitted': 'Ask the patient for a grant over this kind of record, for this purpose, and try again when it stands.',
  paused: 'Wait until the consortium has ended its pause; nothing is permitted before.',
  'relay-quota-spent': 'Try again tomorrow (UTC), when the relayer pays again, or over a connection without `relay`.',
  'role-required': 'Have an organisation give the account the role that this takes, then try again.',
  'relay-too-dear': 'Do it in parts, or over a connection without `relay`.',
  'too-many-blocks': 'Give `newestBlocks` where the list takes it, or connect with a later `fromBlock`.',
}

/** What to do next besides where an act was handed over to a relayer, who says that it is not done. */
const STILL_OPEN =
  'It was not done so far; whoever has what was signed can still do it until `details.expires`, unless another act takes its number.'

/** Codes that say by themselves that it may be done. */
const OPEN_BY_ITSELF: readonly AegleErrorCode[] = ['aborted', 'closed', 'outcome-unknown', 'relay-forged']

/** The kind of an error. Codes never change their meaning. */
export type AegleErrorCode = keyof typeof NEXT

/** What an error may tell a program. */
export type AegleErrorDetails = { readonly [name: string]: unknown }

/** An error of the SDK: what happened, with the value and the limit in it, and what to do next. */
export class AegleError extends Error {
  override readonly name = 'AegleError'
  /** The kind. */
  readonly code: AegleErrorCode
  /** What happened, in one sentence. */
  readonly shortMessage: string
  /** What to do next. */
  readonly hint: string
  /** The page of the book with more about it. */
  readonly docsPath: string
  /** What a program may want to know of it, such as the contract’s reason. */
  readonly details: AegleErrorDetails
  /** Whether what was received is not what it should be: somebody or something changed it. */
  readonly tampering: boolean

  constructor(
    code: AegleErrorCode,
    shortMessage: string,
    options: { cause?: unknown; details?: AegleErrorDetails; tampering?: boolean } = {},
  ) {
    const reason = options.details?.['reason']
    const next = (typeof reason === 'string' && Object.hasOwn(NEXT_BY_REASON, reason) && NEXT_BY_REASON[reason]) || NEXT[code]
    const isOpen = options.details?.['expires'] !== undefined && !OPEN_BY_ITSELF.includes(code)
    const hint = isOpen ? `${STILL_OPEN} ${next}` : next
    const docsPath = `${DOCS}#${code}`
    super(`${shortMessage}\n${hint}\nSee ${docsPath}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.shortMessage = shortMessage
    this.hint = hint
    this.docsPath = docsPath
    this.details = options.details ?? {}
    this.tampering = options.tampering ?? false
  }

  /** Returns the same error with more details. */
  with(details: AegleErrorDetails): AegleError {
    const { code, shortMessage, cause, tampering } = this
    return new AegleError(code, shortMessage, { cause, details: { ...this.details, ...details }, tampering })
  }

  /** Returns the first error in the chain of causes, from this one on, that `is` accepts; the last one without it. */
  walk(is?: (error: unknown) => boolean): unknown {
    let error: unknown = this
    for (;;) {
      if (is?.(error)) return error
      const cause = error instanceof Error ? error.cause : undefined
      if (cause === undefined) return is ? undefined : error
      error = cause
    }
  }
}

/** Every code, for tests and documentation. */
export const errorCodes = Object.keys(NEXT) as AegleErrorCode[]

/** What the core throws: the JSON of a fault. */
interface Fault {
  code: string
  message: string
  causes: string[]
  details?: AegleErrorDetails
  tampering: boolean
}

function fault(thrown: unknown): Fault | undefined {
  if (typeof thrown !== 'string' || !thrown.startsWith('{')) return undefined
  try {
    return JSON.parse(thrown) as Fault
  } catch {
    return undefined
  }
}

/** The text that the core keeps of what was thrown. */
function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

function isCode(code: string): code is AegleErrorCode {
  return Object.hasOwn(NEXT, code)
}

/**
 * The funds of an account do not suffice, in the words of the node or of the runtime. Of the deposit no limit is set, so
 * that the account’s own funds are the limit.
 */
const NO_FUNDS = /account balance too low|funds do not suffice|StorageDeposit(NotEnoughFunds|LimitExhausted)/

/**
 * Makes an {@link AegleError} of anything that was thrown. `under` is what JavaScript threw below the core, such as the
 * errors of connections, of which the core kept the texts alone: what it failed by is the one whose text it has.
 */
export function toAegleError(thrown: unknown, under: readonly unknown[] = []): AegleError {
  if (thrown instanceof AegleError) return thrown
  const found = fault(thrown)
  const texts = found ? [found.message, ...found.causes] : [textOf(thrown)]
  const lowest = under.findLast((error) => texts.includes(textOf(error)))
  // That a server or a node does not answer, or is not asked any more, says nothing of what was done.
  const saysWhatWasDone = found?.code === 'outcome-unknown' || found?.code === 'not-carried-out'
  if (lowest instanceof AegleError && !saysWhatWasDone) return lowest
  if (!found) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return new AegleError('internal', message || 'something went wrong without a reason', { cause: thrown })
  }
  // The nearest cause last, so that each gets the one under it.
  const causes = found.causes.reduceRight<unknown>((cause, message) => new Error(message, { cause }), lowest)
  const known = isCode(found.code) ? found.code : 'internal'
  return new AegleError(!saysWhatWasDone && NO_FUNDS.test(texts.join(' ')) ? 'no-funds' : known, found.message, {
    cause: causes,
    details: found.details ?? {},
    tampering: found.tampering,
  })
}
