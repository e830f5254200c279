import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { generateAccount, generatePhrase, ss58 } from '@aegle/sdk'
import type { Browser } from 'playwright-core'
import { AT_WORK } from '../stage/cast.ts'
import { World } from '../stage/world.ts'
import { browser, Visitor } from './visitor.ts'

describe('the portal of somebody who is new', () => {
  let world: World
  let chromium: Browser
  let roel: Visitor
  let nora: Visitor
  let words = ''
  let code = ''
  let note = ''

  before(async () => {
    world = await World.start({ cast: AT_WORK, relays: true })
    chromium = await browser()
    roel = await Visitor.arrive(chromium, world.portal)
    nora = await Visitor.arrive(chromium, world.portal)
    using phrase = generatePhrase()
    words = phrase.words()
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
  })

  /** Has the admin write a note, and returns it. */
  async function written(forCode: string): Promise<string> {
    await nora.page.getByLabel('Their code').fill(forCode)
    await nora.press('Write the note')
    await nora.sees('The note is for the person with the code')
    return await nora.page.getByLabel('Note for the person').inputValue()
  }

  const paste = async (text: string) => {
    await roel.page.getByLabel('The note of the hospital').fill(text)
    await roel.press('Sign up')
  }

  it('lets nobody in whom the register does not know, unless they are new, and says first who pays', async () => {
    await roel.type(words)
    await roel.sees('no one here knows this key')
    await roel.audit('a key that nobody knows')
    await roel.press('I am new. Let me join')
    await roel.heading('Join')
    await roel.sees('This server pays for you if a hospital gives you a note.')
    code = (await roel.page.locator('p.code').first().textContent()) ?? ''
    assert.match(code, /^5\w{46,47}$/)
    assert.equal(await roel.page.getByRole('navigation').getByRole('link').count(), 1)
    await roel.audit('how to join')
  })

  it('has an admin write a note for one person, which nobody else can use', async () => {
    await nora.signIn(world.person('Nora Lind').words, 'Our people')
    await nora.goTo('New patients')
    await nora.page.getByLabel('Their code').fill('nobody')
    await nora.press('Write the note')
    await nora.sees('What you typed is not right.')
    const others = await written(ss58(generateAccount().id))
    note = await written(code)
    assert.match(note, /^0x[0-9a-f]+$/)
    await nora.audit('a note for who is new')
    for (const [text, said] of [
      [others, 'This note is for another person.'],
      [note.slice(0, -2), 'Paste all of the note, and nothing else.'],
      [`${note.slice(0, -1)}${note.endsWith('0') ? '1' : '0'}`, 'This note does not count.'],
    ] as const) {
      const before = roel.traffic.length
      await paste(text)
      await roel.sees(said)
      assert.deepEqual(roel.traffic.slice(before).filter((asked) => asked.includes('/v1/relay')), [])
    }
  })

  it('signs up, is vouched for, and has the pages of a patient', async () => {
    await paste(` ${note}\n`)
    await roel.sees(`Now organisation ${world.hospital} can vouch for you.`)
    assert(roel.traffic.some((asked) => asked.includes('/v1/relay')), 'the server pays')
    await roel.audit('who has signed up')
    await nora.lookAgainFor(new RegExp(`^Vouch for .*${code.slice(-6)}`))
    await nora.page.getByRole('button', { name: new RegExp(`^Vouch for .*${code.slice(-6)}`) }).click()
    await nora.page.getByRole('dialog').getByLabel('I have seen this person, and the code is the same.').check()
    await nora.press('Yes, I vouch for them')
    await nora.page.getByRole('dialog').waitFor({ state: 'hidden' })
    await roel.lookAgainFor('A hospital vouches for you.')
    await roel.audit('who was vouched for')
    await roel.press('Put my open keys in the register')
    await roel.page.getByRole('navigation').getByRole('link', { name: 'My records' }).waitFor()
    await roel.press('Sign out')
    await roel.signIn(words, 'My records')
    await roel.goTo('Who helps me')
    await roel.sees('The register knows that these 24 words are yours.')
    await roel.audit('words that the register knows')
    assert.deepEqual([...roel.complaints, ...nora.complaints], [])
  })

  it('lets who joined without it name their words', async () => {
    await using peter = await Visitor.arrive(chromium, world.portal)
    await peter.signIn(world.person('Peter Chalmers').words, 'My records')
    await peter.goTo('Who helps me')
    await peter.sees('The register does not know yet which words are yours.')
    await peter.audit('words that the register does not know')
    await peter.press('Name my words')
    await peter.sees('The register knows that these 24 words are yours.')
    assert.deepEqual(peter.complaints, [])
  })
})
