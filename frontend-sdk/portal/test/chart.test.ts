import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Aegle, AegleError, type Hex, type Reader } from '@aegle/sdk'
import { Chart } from '../src/records/chart.ts'

const ANN: Hex = `0x${'aa'.repeat(32)}`
const BEN: Hex = `0x${'bb'.repeat(32)}`

it('shows no record of somebody else under a patient’s name, whatever the address says', async () => {
  let fetched = 0
  const opening = { facts: () => JSON.stringify({ patient: BEN, anchor: { at: 0 } }), segments: () => '{"ciphertextBytes":1}', free: () => undefined }
  const fetch = () => {
    fetched += 1
    return Promise.reject(new AegleError('service-unreachable', 'nobody is there'))
  }
  const mia = { keys: { begin: () => Promise.resolve(opening), fetch } } as unknown as Reader
  const aegle = { ended: new AbortController().signal } as unknown as Aegle
  await assert.rejects(new Chart(aegle, mia, ANN, []).show('0x01'), { code: 'false-answer', tampering: true })
  assert.equal(fetched, 0)
  await assert.rejects(new Chart(aegle, mia, BEN, []).show('0x01'), { code: 'service-unreachable' })
  assert.equal(fetched, 1)
})
