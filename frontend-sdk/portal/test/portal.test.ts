import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { History, MAX_HISTORY_BLOCKS } from '../src/chain/history.ts'
import { CAST } from '../stage/cast.ts'
import { keysFromWords } from '../src/people/words.ts'
import { type Someone, World } from '../stage/world.ts'
import { Way } from '../../ts/test/way.ts'
import { browser, leaks, Visitor } from './visitor.ts'

/** What stands in a record and nowhere else. */
const CANARY = `canary${randomBytes(12).toString('hex')}`
/** Most rows of a list that are in the page at the same time. */
const MAX_ROWS = 40

const letter = {
  resourceType: 'DocumentReference',
  id: 'letter',
  status: 'current',
  subject: { reference: 'Patient/example' },
  type: { text: 'Letter from the heart clinic' },
  date: '2026-03-06T08:00:00Z',
  description: `About ${CANARY}`,
  content: [{ attachment: { contentType: 'text/plain', data: Buffer.from(`The word is ${CANARY}.`).toString('base64') } }],
}

describe('the portal', () => {
  let world: World
  let chromium: Browser
  let peter: Visitor
  let mia: Visitor
  let [ofPeter, ofMia, ofJonas]: Someone[] = []

  before(async () => {
    world = await World.start({ cast: CAST, more: new Map([['example', [letter]]]) })
    chromium = await browser()
    ;[ofPeter, ofMia, ofJonas] = ['Peter Chalmers', 'Dr Mia Weber', 'Dr Jonas Brandt'].map((name) => world.person(name))
    peter = await Visitor.arrive(chromium, world.portal)
    mia = await Visitor.arrive(chromium, world.portal)
  })

  after(async () => {
    await chromium?.close()
    await world?.[Symbol.asyncDispose]()
  })

  it('comes under a policy and with digests of its files', async () => {
    const answer = await fetch(world.portal)
    const policy = answer.headers.get('content-security-policy') ?? ''
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/)
    assert.doesNotMatch(policy, /'unsafe-/)
    const page = await answer.text()
    const [script = '', style = ''] = [/<script[^>]*>/, /<link rel="stylesheet"[^>]*>/].map((tag) => page.match(tag)?.[0] ?? '')
    for (const tag of [script, style]) assert.match(tag, / integrity="sha384-/)
    assert.equal([...page.matchAll(/<script/g)].length, 1)
  })

  it('runs no script that was changed', async () => {
    await using visitor = await Visitor.arrive(chromium, 'about:blank')
    await visitor.page.route(/portal-.*\.js$/, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: `${await response.text()}\n//` })
    })
    await visitor.page.goto(world.portal)
    assert.equal(await visitor.page.getByRole('heading').count(), 0)
    assert(visitor.complaints.some((text) => text.includes('integrity')), visitor.complaints.join())
  })

  it('tells wrong words from words that nobody knows', async () => {
    await using visitor = await Visitor.arrive(chromium, world.portal)
    await visitor.heading('Sign in')
    await visitor.audit('sign in')
    await visitor.type(`${ofPeter?.words} again`)
    await visitor.sees('These are not 24 good words.')
    await visitor.type(`${'abandon '.repeat(23)}art`)
    await visitor.sees('no one here knows this key')
    await visitor.audit('sign in with a failure')
  })

  it('shows somebody new their words once, and keeps them nowhere', async () => {
    await using visitor = await Visitor.arrive(chromium, world.portal)
    await visitor.press('Make my 24 words')
    const dialog = visitor.page.getByRole('dialog', { name: 'Your 24 words' })
    await dialog.waitFor()
    await visitor.audit('fresh words')
    const words = (await dialog.getByRole('listitem').allTextContents()).join(' ')
    assert.equal(words.split(' ').length, 24)
    const code = await dialog.locator('.code').textContent()
    const { patient } = keysFromWords(words)
    assert.equal(code, patient.account.address)
    await visitor.press('I have them on paper')
    await dialog.waitFor({ state: 'hidden' })
    assert(!(await visitor.page.content()).includes(words.split(' ').slice(0, 3).join(' ')))
    const kept = `${await visitor.stored()} ${visitor.traffic.join(' ')}`
    assert.deepEqual(leaks(kept, new Map<string, Uint8Array | string>([['the words', words], ['the secret', patient.exportSecret()]])), [])
    // They are good words, of somebody whom the chain does not know yet.
    await visitor.type(words)
    await visitor.sees('no one here knows this key')
    await visitor.press('Make my 24 words')
    await dialog.waitFor()
    assert.notEqual(await dialog.locator('.code').textContent(), code, 'others each time')
  })

  it('shows a patient their records, of which only what is seen is in the page', async () => {
    await peter.page.getByLabel(/Keep my key/).check()
    await peter.page.getByLabel('Your name on this device').fill('Peter')
    await peter.signIn(ofPeter?.words ?? '', 'My records')
    await peter.page.getByRole('list', { name: 'Records' }).waitFor()
    const count = Number((await peter.page.getByText(/^\d+ records$/).textContent())?.split(' ')[0])
    assert(count > 120, String(count))
    const rows = peter.page.getByRole('list', { name: 'Records' }).getByRole('listitem')
    await peter.audit('records')
    for (const place of [0, 0.5, 1]) {
      await peter.page.evaluate((part) => scrollTo(0, part * document.documentElement.scrollHeight), place)
      await peter.page.waitForFunction(() =>
        [...document.querySelectorAll('.rows > li')].some((row) => {
          const { top, bottom } = row.getBoundingClientRect()
          return top < innerHeight && bottom > 0
        }),
      )
      const seen = await rows.count()
      assert(seen > 3 && seen < MAX_ROWS, `${seen} rows at ${place}`)
    }
    assert.equal(await rows.last().getAttribute('aria-posinset'), String(count))
  })

  it('finds a record by a word, and opens it', async () => {
    await peter.page.getByLabel('Search', { exact: true }).fill(CANARY)
    await peter.press('Search')
    await peter.sees(/^1 record$/)
    await peter.page.getByRole('link', { name: /Letter from the heart clinic/ }).click()
    await peter.heading('Document: Letter from the heart clinic')
    await peter.sees(`The word is ${CANARY}.`)
    await peter.sees('no one has changed this record since North Hospital stored it')
    await peter.audit('a document')
    await peter.goTo('My records')
    await peter.page.getByLabel('Search', { exact: true }).fill('code:loinc|8867-4')
    await peter.press('Search')
    await peter.page.getByRole('link', { name: /Heart rate/ }).first().click()
    await peter.heading(/Heart rate/)
    await peter.page.getByRole('cell', { name: /beats\/minute|\/min/ }).first().waitFor()
    await peter.audit('a measurement')
  })

  it('shows nothing to a clinician without a grant', async () => {
    await mia.signIn(ofMia?.words ?? '', 'My patients')
    await mia.sees('0 patients')
    await mia.audit('patients')
    await mia.page.goto(`${world.portal}#/patients/${ofPeter?.keys.patient.account.id}`)
    await mia.sees('There is nothing here that you may see.')
  })

  it('lets a patient give access in two clicks, in the words of the list', async () => {
    await peter.goTo('Who may see')
    await peter.sees('You let 0 people or groups in.')
    await peter.press('Let Dr Mia Weber in')
    await peter.audit('the question before a grant')
    const asked = await peter.page.getByRole('dialog').locator('.sentence').textContent()
    await peter.press('Yes, let them in')
    await peter.sees('You let 1 person or group in.')
    assert.equal(await peter.page.locator('li .sentence').textContent(), asked)
    assert.match(asked ?? '', /^Dr Mia Weber may see all your records but the most private ones to treat you, until /)
    await peter.audit('who may see')
  })

  it('shows the clinician the patient by name, and lets them search and open', async () => {
    await mia.goTo('My patients')
    await mia.lookAgainFor(/Chalmers/)
    await mia.page.getByRole('link', { name: /Chalmers/ }).click()
    await mia.heading(/Chalmers/)
    await mia.page.getByLabel('Search', { exact: true }).fill(CANARY)
    await mia.press('Search')
    await mia.page.getByRole('link', { name: /Letter from the heart clinic/ }).click()
    await mia.sees(`The word is ${CANARY}.`)
    await mia.audit('a patient’s document')
  })

  it('shows the patient who looked, each line borne out by the chain', async () => {
    await peter.goTo('Who has looked')
    await peter.sees(/the list has no gap, and all \d+ entries fit what you allowed/)
    await peter.sees(/^Dr Mia Weber opened \d+ of your records to treat you\.$/)
    await peter.page.getByText(/^Show the proof of \d+ steps$/).first().click()
    await peter.sees('The register has permission 1 for this person, and it held at that time.')
    await peter.audit('the log')
  })

  it('shows that a log was changed on its way', async () => {
    const changed = async (change: (entries: { disclosure: { requester: string } }[]) => void) => {
      await peter.page.route('**/v1/disclosures*', async (route) => {
        const response = await route.fetch()
        const log = await response.json()
        if (log.entries.length > 0) change(log.entries)
        await route.fulfill({ response, json: log })
      })
      await peter.press('Look again')
      await peter.sees('what the server sent is not what was stored')
      await peter.page.unroute('**/v1/disclosures*')
    }
    await changed((entries) => (entries[0]!.disclosure.requester = ofJonas?.keys.reader.account.id ?? ''))
    await changed((entries) => entries.splice(1, 1))
    await peter.audit('a log that was changed')
    await peter.press('Look again')
    await peter.sees(/the list has no gap/)
  })

  it('shows that a row of the log was changed in the database', async () => {
    // In the account of who looked.
    const flip = 'update disclosures set entry = set_byte(entry, 60, get_byte(entry, 60) # 1) where number = 2'
    await world.sql(flip)
    await peter.press('Look again')
    await peter.sees('what the server sent is not what was stored')
    await world.sql(flip)
    await peter.press('Look again')
    await peter.sees(/the list has no gap/)
  })

  it('brings the same patient back in a second browser, by their words alone', async () => {
    await using second = await Visitor.arrive(chromium, world.portal)
    await second.signIn(ofPeter?.words ?? '', 'My records')
    await second.page.getByLabel('Search', { exact: true }).fill(CANARY)
    await second.press('Search')
    await second.page.getByRole('link', { name: /Letter from the heart clinic/ }).click()
    await second.sees(`The word is ${CANARY}.`)
    await second.goTo('Who may see')
    await second.sees('You let 1 person or group in.')
    await second.goTo('About me')
    await second.sees(ofPeter!.keys.patient.account.address)
    await second.sees(/They were shown once, when your key was made\./)
    assert.equal(await second.page.getByRole('button', { name: /24 words/ }).count(), 0, 'no page shows them again')
  })

  it('lets a patient stop access in two clicks, from when on the clinician is refused', async () => {
    await peter.goTo('Who may see')
    await peter.press('Stop Dr Mia Weber')
    await peter.audit('the question before a revocation')
    await peter.press('Yes, stop it')
    await peter.sees('You let 0 people or groups in.')
    await mia.page.goto(`${world.portal}#/patients/${ofPeter?.keys.patient.account.id}`)
    await mia.page.getByLabel('Search', { exact: true }).fill('glucose')
    await mia.press('Search')
    await mia.sees('There is nothing here that you may see.')
    await mia.goTo('My patients')
    await mia.sees('0 patients')
  })

  it('finds what is older by the indexer’s word, which it holds to the chain', async () => {
    const { firstBlock } = (await (await fetch(`${world.portal}portal.json`)).json()) as { firstBlock: number }
    const { account } = ofPeter!.keys.patient
    const read = async (maxBlocks: number, event?: (text: string) => string | undefined) => {
      await using way = await Way.to(world.indexer, event ? { event } : {})
      const aegle = await world.connect(way.url)
      try {
        const told = await new History(aegle, { firstBlock, accounts: [account], patient: account.id, maxBlocks }).read()
        return told.filter(({ patient }) => patient === account.id)
      } finally {
        await aegle.disconnect()
      }
    }
    const all = await read(MAX_HISTORY_BLOCKS)
    assert(all.some(({ kind }) => kind === 'granted') && all.some(({ kind }) => kind === 'revoked'), all.map(({ kind }) => kind).join())
    assert.deepEqual(await read(1), all)
    // What is left out is missed by the contract’s own count.
    let left = 0
    const leaves = (text: string) => (/event: ?grant/.test(text) && (left += 1) === 1 ? undefined : text)
    await assert.rejects(read(1, leaves), { code: 'false-answer', shortMessage: /^the indexer has told of \d+ events .* and the chain has counted \d+$/ })
  })

  it('lets a clinician look in an emergency, tells the patient, and shows them the review', async () => {
    const [patient, clinician] = [ofPeter!.keys.patient.account.id, ofMia!.keys.reader.account.id]
    await mia.page.goto(`${world.portal}#/patients/${patient}`)
    await mia.press('Look in an emergency')
    await mia.audit('the question before an emergency')
    await mia.page.getByLabel('the patient could not be asked').check()
    await mia.page.getByLabel('Say it in your own words, for the check').fill('found unconscious')
    await mia.press('Yes, it is an emergency')
    await mia.sees('This is an emergency.')
    await mia.sees(/^\d+ records$/)
    await mia.sees('You have no key to this record.')
    await mia.audit('records in an emergency')
    await peter.goTo('Who has looked')
    await peter.sees(/the list has no gap/)
    await peter.goTo('Who may see')
    await peter.sees(/^Dr Mia Weber looked for your records in an emergency on .*: the patient could not be asked\.$/)
    await peter.sees(/^It must be checked by /)
    await peter.audit('an emergency')
    await peter.press('End it for Dr Mia Weber')
    await peter.sees(/^It ended on /)
    await world.review(patient, clinician, 'justified')
    await peter.goTo('My records')
    await peter.goTo('Who may see')
    await peter.sees('It was checked: there was a need for it.')
  })

  it('speaks German and has both hats for who is clinician and patient', async () => {
    await using jonas = await Visitor.arrive(chromium, world.portal, { language: 'de', theme: 'dark', viewport: { width: 360, height: 740 } })
    await jonas.heading('Anmelden')
    await jonas.signIn(ofJonas?.words ?? '', 'Meine Akte')
    await jonas.sees('Es wurde nichts gefunden.')
    for (const name of ['Wer darf sehen', 'Wer hat gelesen', 'Wer mir hilft', 'Meine Patienten', 'Über mich']) {
      await jonas.goTo(name)
      await jonas.page.getByRole('status').filter({ hasText: 'Einen Moment' }).waitFor({ state: 'hidden' })
      await jonas.audit(name)
      const overflow = await jonas.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert(overflow <= 0, `${name} is ${overflow} pixels too wide for a phone`)
    }
    await jonas.sees(/Sie behandeln Menschen bei Organisation/)
    await jonas.press('English')
    await jonas.heading('About me')
    assert.deepEqual(jonas.complaints, [])
  })

  it('names a role that has no pages', async () => {
    await using pia = await Visitor.arrive(chromium, world.portal)
    await pia.signIn(world.person('Pia Roth').words, 'About me')
    await pia.sees('There are no pages for this role here yet.')
  })

  it('can be used by keyboard alone', async () => {
    await using visitor = await Visitor.arrive(chromium, world.portal)
    const { keyboard } = visitor.page
    /** Goes on, or back, until something of that name has the focus. */
    const reach = async (name: RegExp, key = 'Tab') => {
      for (let steps = 0; steps < 60; steps += 1) {
        const here = await visitor.page.evaluate(() => {
          const { activeElement: on } = document
          const label = on instanceof HTMLTextAreaElement || on instanceof HTMLInputElement ? on.labels?.[0]?.textContent : on?.textContent
          return label ?? ''
        })
        if (name.test(here)) return
        await keyboard.press(key)
      }
      assert.fail(`nothing of the name ${name} is reached`)
    }
    await visitor.heading('Sign in')
    await reach(/^Your 24 words$/)
    await keyboard.insertText(ofPeter?.words ?? '')
    await reach(/^Sign in$/)
    await keyboard.press('Enter')
    await visitor.heading('My records')
    await visitor.page.getByRole('list', { name: 'Records' }).waitFor()
    await reach(/^Who may see$/, 'Shift+Tab')
    await keyboard.press('Enter')
    await visitor.heading('Who may see')
    await visitor.page.getByRole('button', { name: 'Let Dr Jonas Brandt in' }).waitFor()
    await reach(/^Let Dr Jonas Brandt in$/)
    await keyboard.press('Enter')
    await reach(/^Yes, let them in$/)
    await keyboard.press('Enter')
    await visitor.sees('You let 1 person or group in.')
    await reach(/^Stop Dr Jonas Brandt$/)
    await keyboard.press('Space')
    await reach(/^Yes, stop it$/)
    await keyboard.press('Enter')
    await visitor.sees('You let 0 people or groups in.')
    await reach(/^Sign out$/, 'Shift+Tab')
    await keyboard.press('Enter')
    await visitor.heading('Sign in')
  })

  it('goes on with the keys of the device, and keeps neither key nor record in the clear', async () => {
    await peter.page.reload()
    await peter.press('Go on as Peter')
    await peter.heading('Who may see')
    await peter.goTo('My records')
    await peter.page.getByRole('list', { name: 'Records' }).waitFor()
    const { patient, reader } = ofPeter!.keys
    const secrets = new Map<string, Uint8Array | string>([
      ['a record', CANARY],
      ['the words', ofPeter!.words],
      ['the master secret', patient.exportSecret()],
      ['the key of the patient’s account', patient.account.exportSeed()],
      ['the key of the reader’s account', reader.account.exportSeed()],
      ['the reader’s secret', reader.exportSecret()],
    ])
    const seen = [...peter.traffic, ...mia.traffic].join('\n')
    assert(seen.includes('/v1/search') && seen.includes('state_call'), 'the traffic was not kept')
    const stored = await peter.stored()
    assert(stored.includes('patient/Peter') && stored.includes('aegle-keys'), stored.slice(0, 200))
    assert.deepEqual(leaks(seen, secrets), [])
    assert.deepEqual(leaks(stored, secrets), [])
    // What is leaked on purpose is found.
    await peter.page.evaluate(
      async ([canary, words, seed]) => {
        localStorage.setItem('leak', canary)
        await (await caches.open('leak')).put('/leak', new Response(words))
        await fetch('/portal/', { method: 'POST', body: seed }).catch(() => undefined)
      },
      [CANARY, ofPeter!.words, Buffer.from(patient.account.exportSeed()).toString('hex')] as const,
    )
    assert.deepEqual(leaks(await peter.stored(), secrets), ['a record', 'the words'])
    assert.deepEqual(leaks(peter.traffic.join('\n'), secrets), ['the key of the patient’s account'])
  })

  it('signs out in every window of the browser', async () => {
    const second = await peter.context.newPage()
    await second.goto(world.portal)
    await second.getByRole('button', { name: 'Go on as Peter' }).click()
    await second.getByRole('heading', { level: 1, name: 'My records' }).waitFor()
    await second.getByRole('button', { name: 'Sign out' }).click()
    await peter.heading('Sign in')
    await peter.sees('You signed out in another window of this browser.')
    await second.close()
    await peter.press('Go on as Peter')
    await peter.heading('My records')
  })

  it('says so when the device has no room for a key', async () => {
    await using visitor = await Visitor.arrive(chromium, world.portal)
    // As a browser does whose disk is full: it lets a quota be set, and does not hold so little to it.
    await visitor.page.evaluate(() => {
      IDBObjectStore.prototype.add = () => {
        throw new DOMException('there is no room', 'QuotaExceededError')
      }
    })
    await visitor.page.getByLabel(/Keep my key/).check()
    await visitor.page.getByLabel('Your name on this device').fill('Peter')
    await visitor.type(ofPeter?.words ?? '')
    await visitor.sees('This device has no room left for your key.')
    await visitor.page.getByLabel(/Keep my key/).uncheck()
    await visitor.signIn(ofPeter?.words ?? '', 'My records')
  })

  it('says so when the indexer is away, and has a way back', async () => {
    await world.stop('indexer')
    await peter.page.getByLabel('Search', { exact: true }).fill(CANARY)
    await peter.press('Search')
    await peter.sees('The record server does not answer.')
    await peter.audit('without an indexer')
    await world.startIndexer()
    await peter.press('Try again')
    await peter.page.getByRole('list', { name: 'Records' }).waitFor()
  })

  it('says so when the chain is away', async () => {
    await world.stop('chain')
    await peter.goTo('Who may see')
    await peter.sees('The public register does not answer.')
    await peter.page.getByRole('button', { name: 'Try again' }).waitFor()
    await peter.press('Sign out')
    await peter.press('Go on as Peter')
    await peter.sees('The public register does not answer.')
  })

  it('says so when the node is far behind', async () => {
    await world.startChain()
    await peter.press('Go on as Peter')
    await peter.sees('The copy of the public register that we ask is far behind.')
    await peter.audit('a node that is behind')
  })

  it('let its policy stand', () => {
    assert.deepEqual(peter.complaints, [])
    assert.deepEqual(mia.complaints, [])
  })
})
