import { AegleError } from '@aegle/sdk'

/** How long a node may take to answer. */
const ANSWER_LIMIT_MS = 20_000

/**
 * Waits for what a node was asked; what goes wrong with a node is `chain-unavailable`.
 *
 * @throws `chain-unavailable`
 */
export async function asked<T>(question: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_LIMIT_MS / 1_000} seconds`)), ANSWER_LIMIT_MS)
  })
  try {
    return await Promise.race([question, over])
  } catch (cause) {
    throw new AegleError('chain-unavailable', 'the chain does not answer', { cause })
  } finally {
    clearTimeout(timer)
  }
}
