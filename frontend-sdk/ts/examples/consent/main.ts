// A page for a patient (`?as=patient`) or a clinician (`?as=clinician`): publish keys, grant, search, open, revoke.
import {
  type Aegle,
  AegleError,
  type ConnectParameters,
  connect,
  createCard,
  generateAccount,
  generatePatient,
  generateReader,
  grant,
  open,
  openKeyStore,
  type Patient,
  publishKeys,
  type Reader,
  revoke,
  search,
} from '@aegle/sdk'
import wasm from '@aegle/sdk/aegle.wasm'

const MONTH_MS = 30 * 24 * 3_600_000

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no #${id}`)
  return found as T
}

const value = (id: string) => element<HTMLInputElement>(id).value.trim()

function say(text: string) {
  element('status').textContent = text
}

/** Does something when a button is pressed, and says how it went. */
function on(id: string, action: () => Promise<string>) {
  const button = element<HTMLButtonElement>(id)
  button.disabled = false
  button.addEventListener('click', () => {
    button.disabled = true
    say('working')
    action()
      .then(say, (error: unknown) => say(error instanceof AegleError ? `${error.code}: ${error.shortMessage}` : String(error)))
      .finally(() => (button.disabled = false))
  })
}

function patientPage(aegle: Aegle, patient: Patient) {
  let granted: { grant: number; to: string } | undefined
  on('card', async () => {
    const card = await createCard(aegle, { patient, custodian: value('hospital') })
    element('made').textContent = JSON.stringify(card)
    return 'the card is made: take it to the reception desk'
  })
  on('grant', async () => {
    const to = value('reader')
    const { grant: number } = await grant(aegle, { patient, to, purposes: ['TREAT'], until: new Date(Date.now() + MONTH_MS) })
    granted = { grant: number, to }
    on('revoke', async () => {
      if (!granted) return 'nothing is granted'
      await revoke(aegle, { patient, grant: granted.grant, from: granted.to })
      return 'stopped'
    })
    return `grant ${number} stands`
  })
}

function clinicianPage(aegle: Aegle, reader: Reader, domain: number) {
  on('search', async () => {
    const list = element('hits')
    list.replaceChildren()
    const { hits } = await search(aegle, { by: reader, patient: value('whose'), domain, query: value('query') })
    for (const { record } of hits) {
      const button = document.createElement('button')
      button.id = `open-${record}`
      button.textContent = record
      list.append(button)
      on(button.id, async () => {
        const opened = await open(aegle, { by: reader, record, patient: value('whose') })
        element('record').textContent = opened.text()
        return `opened by grant ${opened.grant}`
      })
    }
    return `${hits.length} found`
  })
}

/** The keys of who was here before; fresh ones otherwise. */
async function known(name: 'patient' | 'clinician'): Promise<Patient | Reader> {
  const store = await openKeyStore()
  if ((await store.names()).includes(name)) {
    return name === 'patient' ? await store.loadPatient(name) : await store.loadReader(name)
  }
  const account = generateAccount()
  const somebody = name === 'patient' ? generatePatient(account) : generateReader(account)
  await store.save(name, somebody)
  return somebody
}

async function main() {
  const where = (await (await fetch('where.json')).json()) as ConnectParameters & { domain: number }
  const aegle = await connect({ ...where, wasm })
  const isPatient = new URLSearchParams(location.search).get('as') === 'patient'
  const somebody = isPatient ? await known('patient') : await known('clinician')
  element('account').textContent = somebody.account.id
  element(isPatient ? 'patient' : 'clinician').hidden = false
  on('publish', async () => {
    await publishKeys(aegle, { of: somebody })
    return 'your keys are published'
  })
  if (somebody.role === 'patient') patientPage(aegle, somebody)
  else clinicianPage(aegle, somebody, where.domain)
  say('ready')
}

main().catch((error: unknown) => say(String(error)))
