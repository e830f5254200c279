import assert from 'node:assert/strict'
import { AegleError, type AegleErrorCode } from '@aegle/sdk'

/** The error that something fails with. */
export async function failure(action: Promise<unknown>, code?: AegleErrorCode): Promise<AegleError> {
  const error = await action.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert(error instanceof AegleError, `it did not fail with an error of the SDK: ${String(error)}`)
  if (code) assert.equal(error.code, code, error.message)
  return error
}
