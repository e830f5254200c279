import { grant } from './actions/grant.ts'
import { grants } from './actions/grants.ts'
import { revoke } from './actions/revoke.ts'
import { accountId } from './bytes.ts'
import { toAegleError } from './error.ts'
import type { Patient } from './keys.ts'
import type { Aegle } from './session.ts'
import type { DataClass, Purpose } from './terms.ts'

const DAY_MS = 24 * 3_600_000
/** How long a grant lasts unless the element says otherwise. */
const DAYS = 30
/** The longest that an element may ask for. */
const MAX_DAYS = 3_650

/** What the element needs of the page. */
export interface ConsentSession {
  readonly aegle: Aegle
  readonly patient: Patient
}

/** `<aegle-consent>`: a button by which a patient lets somebody see records, and stops it. */
export interface ConsentElement extends HTMLElement {
  /** Who is asked, and where. The button is disabled until it is set. */
  session: ConsentSession | undefined
}

/** What the element says, in the page’s language. `{who}`, `{what}` and `{until}` are put in. */
export interface ConsentWords {
  readonly allow: string
  readonly confirm: string
  readonly stop: string
  readonly working: string
  readonly allowed: string
  readonly stopped: string
  readonly nothing: string
}

const ENGLISH: ConsentWords = {
  allow: 'Let {who} see: {what}',
  confirm: 'Yes, until {until}',
  stop: 'Stop {who}',
  working: 'One moment',
  allowed: '{who} may see: {what}, until {until}.',
  stopped: '{who} may see nothing more.',
  nothing: '{who} may see nothing yet.',
}

/** What stands between patient and grantee now. */
type State = { kind: 'off' } | { kind: 'none' } | { kind: 'asked' } | { kind: 'given'; grant: number; until: Date } | { kind: 'working' }

function list(text: string | null): string[] {
  return (text ?? '').split(/[\s,]+/).filter(Boolean)
}

/**
 * Defines `<aegle-consent to="..." label="Dr Mia" classes="laboratory" purposes="TREAT" days="30">`. The page sets
 * `session`. It asks before it grants, and tells by the events `aegle-granted`, `aegle-revoked` and `aegle-failed`, whose
 * `detail` is the grant’s number or the error.
 *
 * @param name the element’s name
 * @param words what it says, in another language than English
 */
export function defineConsentButton(name = 'aegle-consent', words: ConsentWords = ENGLISH): void {
  if (customElements.get(name)) return
  customElements.define(
    name,
    class extends HTMLElement implements ConsentElement {
      static readonly observedAttributes = ['to', 'label', 'classes', 'purposes', 'days']
      #session: ConsentSession | undefined
      #state: State = { kind: 'off' }
      readonly #button = document.createElement('button')
      readonly #status = document.createElement('p')

      constructor() {
        super()
        this.#status.setAttribute('role', 'status')
        this.#button.type = 'button'
        this.#button.addEventListener('click', () => void this.#pressed())
        this.attachShadow({ mode: 'open' }).append(this.#button, this.#status)
      }

      get session(): ConsentSession | undefined {
        return this.#session
      }

      set session(session: ConsentSession | undefined) {
        this.#session = session
        void this.#look()
      }

      connectedCallback(): void {
        this.#show()
      }

      attributeChangedCallback(attribute: string): void {
        if (attribute === 'to') void this.#look()
        else this.#show()
      }

      get #classes(): DataClass[] {
        return list(this.getAttribute('classes')) as DataClass[]
      }

      get #until(): Date {
        const days = Number(this.getAttribute('days') ?? DAYS)
        return new Date(Date.now() + (days > 0 && days <= MAX_DAYS ? days : DAYS) * DAY_MS)
      }

      /** Looks whether a grant stands already. */
      async #look(): Promise<void> {
        const { aegle, patient } = this.#session ?? {}
        const to = this.getAttribute('to')
        if (!aegle || !patient || !to) return this.#become({ kind: 'off' })
        await this.#act(async () => {
          const id = accountId('the grantee', to)
          const { grants: given } = await grants(aegle, { of: patient })
          const wanted = this.#classes
          const standing = given.find(({ to, effect, ended, classes }) => {
            const over = wanted.length === 0 || (wanted.length === classes?.length && wanted.every((one) => classes.includes(one)))
            return to.kind === 'account' && to.account === id && effect === 'permit' && !ended && over
          })
          return standing ? { kind: 'given', grant: standing.grant, until: standing.until } : { kind: 'none' }
        })
      }

      async #pressed(): Promise<void> {
        const { aegle, patient } = this.#session ?? {}
        const to = this.getAttribute('to')
        const state = this.#state
        if (!aegle || !patient || !to) return
        if (state.kind === 'none') return this.#become({ kind: 'asked' })
        if (state.kind === 'given') {
          await this.#act(async () => {
            await revoke(aegle, { patient, grant: state.grant, from: to })
            this.#tell('aegle-revoked', state.grant)
            return { kind: 'none' }
          }, words.stopped)
        }
        if (state.kind !== 'asked') return
        await this.#act(async () => {
          const [until, classes] = [this.#until, this.#classes]
          const purposes = list(this.getAttribute('purposes') ?? 'TREAT') as Purpose[]
          const given = await grant(aegle, { patient, to, purposes, until, ...(classes.length ? { classes } : {}) })
          this.#tell('aegle-granted', given.grant)
          return { kind: 'given', grant: given.grant, until }
        })
      }

      /** Does something, and becomes what it returns; what it was, and why, where it fails. */
      async #act(action: () => Promise<State>, said?: string): Promise<void> {
        const before = this.#state
        this.#become({ kind: 'working' })
        try {
          this.#become(await action(), said)
        } catch (thrown) {
          const error = toAegleError(thrown)
          this.#become(before.kind === 'working' ? { kind: 'off' } : before, error.shortMessage)
          this.#tell('aegle-failed', error)
        }
      }

      #tell(event: string, detail: unknown): void {
        this.dispatchEvent(new CustomEvent(event, { bubbles: true, composed: true, detail }))
      }

      #become(state: State, said?: string): void {
        this.#state = state
        this.#show(said)
      }

      #show(said?: string): void {
        const state = this.#state
        const fill = (text: string) =>
          text
            .replace('{who}', this.getAttribute('label') ?? this.getAttribute('to') ?? '')
            .replace('{what}', this.#classes.join(', ') || '*')
            .replace('{until}', (state.kind === 'given' ? state.until : this.#until).toLocaleDateString(this.lang || undefined))
        const [label, status] = {
          off: [words.allow, ''],
          none: [words.allow, words.nothing],
          asked: [words.confirm, words.allow],
          given: [words.stop, words.allowed],
          working: [words.working, ''],
        }[state.kind] as [string, string]
        this.#button.textContent = fill(label)
        this.#button.disabled = state.kind === 'off' || state.kind === 'working'
        this.#status.textContent = said === undefined ? fill(status) : fill(said)
      }
    },
  )
}
