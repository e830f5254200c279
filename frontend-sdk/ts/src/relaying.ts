import type { Host } from '../pkg/aegle.js'
import type { Hex } from './bytes.ts'
import type { Chain, TransactionSigner, TransactionStatus } from './chain.ts'
import { AegleError } from './error.ts'
import type { CallAt } from './placedCall.ts'
import { walletSignature } from './walletSignature.ts'

/**
 * What the core needs to have acts relayed, the end of the turns that an action still has, and until when what it has handed over
 * can be carried out: nothing where it is known to be done, or nothing was handed over.
 */
export function relayingHost(
  { chain, callAt }: { readonly chain: Chain; readonly callAt: CallAt | undefined },
  signer: TransactionSigner | undefined,
  signal: AbortSignal,
  kept: <V>(promise: () => Promise<V>) => Promise<V>,
  onStatus: ((status: TransactionStatus) => void) | undefined,
): { host: Pick<Host, 'turn' | 'turnOver' | 'signBytes' | 'relaying' | 'callAt'>; end: () => void; expires: () => number | undefined } {
  let handedOver: number | undefined
  const turns = new Map<string, () => void>()
  const turnOver = (account: string) => {
    turns.get(account)?.()
    turns.delete(account)
  }
  const host = {
    turn: (account: string) =>
      kept(async () => {
        // Acts and transactions of an account have turns of their own: a transaction takes no number of a relayed act.
        turns.set(account, await chain.turn(`relayed ${account}`, signal))
      }),
    turnOver,
    signBytes: (account: string, bytes: Uint8Array) =>
      kept(async () => {
        if (signer?.id !== account || !('signer' in signer.signing)) {
          throw new AegleError('internal', `no wallet of ${account} takes part in this action`)
        }
        // The bytes are the core’s memory, which may move.
        return await walletSignature(signer.signing, new Uint8Array(bytes), 'the act', signal)
      }),
    relaying: (status: string, expires?: number) => {
      handedOver = expires
      // Whoever listens stops no act: what they throw is theirs, and comes after this.
      if (onStatus) queueMicrotask(() => onStatus(status as TransactionStatus))
    },
    callAt: (block: string, place: number) =>
      kept(async () => {
        if (!callAt) throw new AegleError('internal', 'the connection relays nothing')
        // Whoever acts has paid nothing, which the receipt says.
        const found = await chain.ask(() => callAt(chain, block as Hex, place, (signer?.id ?? '0x') as Hex), signal)
        return found && JSON.stringify(found)
      }),
  }
  return { host, end: () => [...turns.keys()].forEach(turnOver), expires: () => handedOver }
}
