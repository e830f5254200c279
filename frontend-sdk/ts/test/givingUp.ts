// Connects to a node that never answers, gives up, and must then end by itself: nothing that it opened may hold the process.
import { AegleError, Chain } from '@aegle/sdk'

const error: unknown = await Chain.connect(process.argv[2] ?? '', AbortSignal.timeout(1_000)).then(
  () => undefined,
  (error: unknown) => error,
)
console.log(error instanceof AegleError && error.code === 'aborted' ? 'gave up' : String(error))
