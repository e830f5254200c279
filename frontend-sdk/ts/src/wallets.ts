import type { Account } from './accounts.ts'
import { walletAccount } from './accounts.ts'
import { accountId, type AccountLike } from './bytes.ts'
import type { WalletSigner } from './chain.ts'
import { core } from './core.ts'
import { AegleError } from './error.ts'
import { untilGivenUp } from './patience.ts'
import { type ActionOptions, type Aegle, local } from './session.ts'
import { walletSignature } from './walletSignature.ts'

/** How long a session lasts unless it says otherwise. */
const SESSION_MS = 60 * 60_000
/** The longest session that servers accept. */
const MAX_SESSION_MS = 12 * 60 * 60_000

/** An account of a wallet, as the wallet names it. */
export interface WalletEntry {
  readonly address: string
  readonly name?: string
  /** The kind of its key: only `sr25519` signs here. */
  readonly type?: string
}

/** A wallet’s extension, by the convention of `injectedWeb3`. */
interface Injected {
  readonly version?: string
  enable(origin: string): Promise<{ accounts: { get(): Promise<WalletEntry[]> }; signer: Partial<WalletSigner> }>
}

/** A wallet that is there. */
export interface Wallet {
  /** As it calls itself: `polkadot-js`, `talisman`, `subwallet-js`. */
  readonly name: string
  readonly version: string | undefined
}

function injected(): { readonly [name: string]: Injected } {
  return (globalThis as { injectedWeb3?: { [name: string]: Injected } }).injectedWeb3 ?? {}
}

/** Lists the wallets of this browser, by name. Extensions announce themselves while the page loads. */
export function wallets(): Wallet[] {
  const found = Object.entries(injected()).map(([name, { version }]) => ({ name, version }))
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

/** Which wallet is asked, and as whom the page introduces itself. */
export interface WalletParameters extends ActionOptions {
  /** The wallet’s name, as {@link wallets} lists it. */
  readonly wallet: string
  /** The application’s name, which the wallet shows. */
  readonly application: string
}

async function enabled(parameters: WalletParameters) {
  const { wallet, application, signal } = parameters
  const found = Object.hasOwn(injected(), wallet) ? injected()[wallet] : undefined
  if (!found) {
    const known = wallets().map(({ name }) => name)
    throw new AegleError('no-wallet', `there is no wallet \`${wallet}\` in this browser${known.length ? `, which has ${known.join(', ')}` : ''}`, {
      details: { wallet, known },
    })
  }
  try {
    return await untilGivenUp(found.enable(application), signal)
  } catch (cause) {
    if (signal?.aborted) throw new AegleError('aborted', 'the action was ended by its caller', { cause })
    throw new AegleError('no-wallet', `the wallet \`${wallet}\` does not let this page in`, { cause, details: { wallet } })
  }
}

/**
 * Asks a wallet for its accounts. The wallet asks its user, the first time.
 *
 * @throws `no-wallet`, `aborted`
 */
export async function walletAccounts(parameters: WalletParameters): Promise<WalletEntry[]> {
  const { accounts } = await enabled(parameters)
  return await untilGivenUp(accounts.get(), parameters.signal)
}

/** Which account of a wallet signs, and for how long its requests are signed without asking. */
export interface ConnectWalletParameters extends WalletParameters {
  /** The account: the first one of the wallet’s that can sign, unless it says otherwise. */
  readonly account?: AccountLike
  /** How long the session lasts, in milliseconds: an hour unless it says otherwise, 12 hours at most. */
  readonly lasts?: number
}

/**
 * The account of a wallet. The wallet signs once now, by which it lets a fresh key of this page sign *requests* to the
 * servers of the deployment until the session ends; every *transaction* it is asked for, one by one. The page never has
 * the wallet’s key.
 *
 * @throws `no-wallet`, `signature-rejected` when the user says no, `signature-wrong`, `argument`, `aborted`
 */
export async function connectWallet(aegle: Aegle, parameters: ConnectWalletParameters): Promise<Account> {
  const { wallet, account, lasts = SESSION_MS, signal } = parameters
  if (!(lasts > 0 && lasts <= MAX_SESSION_MS)) {
    throw new AegleError('argument', `a session lasts 1 to ${MAX_SESSION_MS} milliseconds (12 hours), and not ${lasts}`)
  }
  const { accounts, signer } = await enabled(parameters)
  const { signRaw, signPayload } = signer
  if (!signRaw || !signPayload) {
    throw new AegleError('no-wallet', `the wallet \`${wallet}\` cannot sign texts and transactions`, { details: { wallet } })
  }
  const all = await untilGivenUp(accounts.get(), signal)
  const wanted = account === undefined ? undefined : accountId('the account', account)
  const found = all.find(({ address, type }) => {
    return wanted === undefined ? type === undefined || type === 'sr25519' : accountId('an account of the wallet', address) === wanted
  })
  if (!found) {
    throw new AegleError('no-wallet', `the wallet \`${wallet}\` has ${wanted === undefined ? 'no account with an sr25519 key' : `no account ${account}`}, or hides it from this page`, {
      details: { wallet, accounts: all.map(({ address }) => address) },
    })
  }
  if (found.type !== undefined && found.type !== 'sr25519') {
    throw new AegleError('no-wallet', `the key of ${found.address} is ${found.type}, and only sr25519 keys sign here`, { details: { wallet } })
  }
  const id = accountId('the account', found.address)
  const ends = Date.now() + Math.floor(lasts)
  const draft = local(() => new (core().SessionDraft)(aegle.deployment, id, ends))
  try {
    const text = new TextEncoder().encode(draft.payload())
    const signature = await walletSignature({ signer: signer as WalletSigner, address: found.address }, text, 'the session', signal)
    const key = local(() => draft.open(signature, Date.now()))
    return walletAccount(key, found.address, signer as WalletSigner, new Date(ends))
  } finally {
    draft.free()
  }
}
