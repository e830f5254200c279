/** Something did not answer in time. */
export class Overdue extends Error {
  override readonly name = 'Overdue'
  /** How long it had. */
  readonly limitMs: number

  constructor(limitMs: number) {
    super(`no answer within ${limitMs / 1_000} seconds`)
    this.limitMs = limitMs
  }
}

/** Resolves as `promise`, or fails with {@link Overdue} when the time or the caller’s patience is over. */
export async function within<T>(milliseconds: number, promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let give: (() => void) | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Overdue(milliseconds)), milliseconds)
    give = () => reject(signal?.reason ?? new Error('aborted'))
    signal?.addEventListener('abort', give, { once: true })
    if (signal?.aborted) give()
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
    if (give) signal?.removeEventListener('abort', give)
  }
}

/** Resolves as `promise`, or fails when the caller’s patience is over; a user may think as long as they like. */
export async function untilGivenUp<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise
  signal.throwIfAborted()
  const { promise: over, reject } = Promise.withResolvers<never>()
  const give = () => reject(signal.reason)
  signal.addEventListener('abort', give, { once: true })
  try {
    return await Promise.race([promise, over])
  } finally {
    signal.removeEventListener('abort', give)
  }
}

/** Waits, until the caller’s patience is over. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await untilGivenUp(new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds))), signal)
  } finally {
    clearTimeout(timer)
  }
}
