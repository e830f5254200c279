import assert from 'node:assert/strict'
import { it } from 'node:test'
import { accountId, AegleError, type AegleErrorCode, ss58 } from '@aegle/sdk'
import { leftBy, lost, readLines } from '../src/staff/lines.ts'

const hex = (digit: string) => `0x${digit.repeat(64)}`
const [one, two] = ['1', '2'].map((digit) => accountId('the code', hex(digit)))

it('reads codes of lists and tables, in either form, and counts lines as an editor does', () => {
  const text = ['', ss58(one!), `  ${hex('2')}  `, ''].join('\r\n')
  assert.deepEqual(readLines(text), { lines: [{ line: 2, account: one }, { line: 3, account: two }], faults: [] })
  for (const separator of [',', ';', '\t']) {
    assert.deepEqual(readLines(`"${ss58(one!)}"${separator}"Mia Weber"`).lines, [{ line: 1, account: one }])
  }
})

it('names what is no code, and what stands there twice in whatever form', () => {
  const changed = ss58(one!).replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
  assert.deepEqual(readLines([ss58(one!), hex('1'), changed, ',Mia', 'code'].join('\n')), {
    lines: [{ line: 1, account: one }],
    faults: [
      { line: 2, text: hex('1'), fault: 'twice' },
      { line: 3, text: changed, fault: 'code' },
      { line: 4, text: '', fault: 'code' },
      { line: 5, text: 'code', fault: 'code' },
    ],
  })
})

it('does not say that nothing was done of what may have been done', () => {
  const lines = [one!, two!, accountId('the code', hex('3'))].map((account, index) => ({ line: index + 2, account }))
  const faults = (code: AegleErrorCode, stands: number) => leftBy(new AegleError(code, 'it failed'), lines, stands, 1).map(({ line, fault }) => `${line} ${fault}`)
  for (const code of ['outcome-unknown', 'closed', 'aborted'] as const) {
    assert.deepEqual(faults(code, 0), ['2 unknown', '3 failed', '4 failed'], code)
    assert.deepEqual(faults(code, 2), ['4 unknown'], code)
  }
  for (const code of ['not-included', 'contract-refused', 'signature-rejected'] as const) assert.deepEqual(faults(code, 1), ['3 failed', '4 failed'], code)
})

it('names what somebody loses in the organisation, and not what they have elsewhere', () => {
  const until = new Date()
  const has = [
    { organisation: 1, names: ['clinician', 'researcher'], until },
    { organisation: 2, names: ['device'], until },
  ] as const
  assert.deepEqual(lost(has, 1, ['clinician', 'custodian']), ['researcher'])
  assert.deepEqual(lost(has, 1, ['researcher', 'clinician']), [])
  assert.deepEqual(lost(has, 3, ['clinician']), [])
})
