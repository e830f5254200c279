import type { Host } from '../pkg/aegle.js'
import type { Hex } from './bytes.ts'
import type { Chain, TransactionSigner, TransactionStatus } from './chain.ts'
import { AegleError } from './error.ts'
import { callAt } from './placedCall.ts'
import { walletSignature } from './walletSignature.ts'

/** What the core needs to have acts relayed, and the end of the turns that an action still has. */
export function relayingHost(
  chain: Chain,
  signer: TransactionSigner | undefined,
  signal: AbortSignal,
  kept: <V>(promise: () => Promise<V>) => Promise<V>,
  onStatus: ((status: TransactionStatus) => void) | undefined,
): { host: Pick<Host, 'turn' | 'turnOver' | 'signBytes' | 'relaying' | 'callAt'>; end: () => void } {
  const turns = new Map<string, () => void>()
  const turnOver = (account: string) => {
    turns.get(account)?.()
    turns.delete(account)
  }
  const host = {
    turn: (account: string) =>
      kept(async () => {
        // Acts and transactions of an account have turns of their own: a transaction takes no number of a relayed act.
        turns.set(account, await chain.turn(`relayed ${account}`))
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
    relaying: (status: string) => onStatus?.(status as TransactionStatus),
    callAt: (block: string, place: number) =>
      kept(async () => {
        // Whoever acts has paid nothing, which the receipt says.
        const found = await chain.ask(() => callAt(chain, block as Hex, place, (signer?.id ?? '0x') as Hex), signal)
        return found && JSON.stringify(found)
      }),
  }
  return { host, end: () => [...turns.keys()].forEach(turnOver) }
}
