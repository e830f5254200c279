/** Resolves as `promise`, or fails when the time or the caller’s patience is over. */
export async function within<T>(milliseconds: number, promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let give: (() => void) | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1_000} seconds`)), milliseconds)
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
