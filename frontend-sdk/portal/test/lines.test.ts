import assert from 'node:assert/strict'
import { it } from 'node:test'
import { accountId, ss58 } from '@aegle/sdk'
import { readLines } from '../src/staff/lines.ts'

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
