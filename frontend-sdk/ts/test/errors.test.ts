import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { AegleError, accountFromSeed, developmentAccount, errorCodes, init } from '@aegle/sdk'

const page = new URL('../../../docs/from-a-dapp.md', import.meta.url)

it('says in the book what each code means and what to do next', async () => {
  const sections = new Map((await readFile(page, 'utf8')).split('\n### ').slice(1).map((text) => {
    const [code = '', ...body] = text.split('\n')
    return [code, body.join(' ')]
  }))
  assert.deepEqual([...sections.keys()], errorCodes)
  for (const code of errorCodes) {
    const error = new AegleError(code, 'something')
    assert.equal(error.docsPath, `docs/from-a-dapp.md#${code}`)
    assert(sections.get(code)?.includes(error.hint), code)
    assert.equal(error.message, `something\n${error.hint}\nSee ${error.docsPath}`)
  }
})

it('says what to do when it is used before it is loaded', async () => {
  assert.throws(() => developmentAccount('Alice'), { code: 'not-initialised' })
  await assert.rejects(init(new Uint8Array([0, 1, 2, 3])), { code: 'not-initialised', shortMessage: 'the WebAssembly module cannot be loaded' })
  await init()
  assert.equal(developmentAccount('Alice').id, '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d')
})

it('names what is wrong with an argument', async () => {
  await init()
  assert.throws(() => accountFromSeed(new Uint8Array(31)), { code: 'argument', shortMessage: 'the seed has 31 bytes, not 32' })
})

it('says what to do about the reason of a server, where that says more than the code', () => {
  const refused = (reason: string) => new AegleError('service-refused', 'no', { details: { reason } })
  assert.match(refused('not-permitted').hint, /^Ask the patient for a grant/)
  for (const other of ['replayed', 'toString']) assert.equal(refused(other).hint, new AegleError('service-refused', 'no').hint)
})

it('walks down the causes', () => {
  const root = new TypeError('root')
  const error = new AegleError('internal', 'top', { cause: new Error('middle', { cause: root }) })
  assert.equal(error.walk(), root)
  assert.equal(error.walk((cause) => cause instanceof TypeError), root)
  assert.equal(error.walk((cause) => cause instanceof RangeError), undefined)
})
