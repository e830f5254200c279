import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { forgetOnDevice, keysOnDevice, MAX_NAME_LENGTH, namesOnDevice } from '../people/device.ts'
import type { Person } from '../people/person.ts'
import { type Keys, keysFromWords } from '../people/words.ts'
import type { Settings } from '../settings.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing, useLoad } from '../ui/load.ts'
import { Page } from '../ui/Page.tsx'
import { Newcomer } from '../people/Newcomer.tsx'

/** Why somebody was signed out without asking for it here. */
export type Left = 'idle' | 'elsewhere'

/** How somebody comes in. */
export interface EnterOptions {
  /** Under which name the keys are kept on this device, if they are. */
  readonly keepAs?: string | undefined
  /** Whether who is not known is let in to join. */
  readonly isNew?: boolean
}

interface SignInParameters {
  readonly settings: Settings
  readonly left: Left | undefined
  /** Signs in; returns nobody where the chain does not know the keys, and they are not said to be new. */
  readonly signIn: (keysFrom: () => Keys | Promise<Keys>, options: EnterOptions) => Promise<Person | undefined>
}

/** The first page: with 24 words, or with keys that this device keeps. */
export function SignIn({ settings, left, signIn }: SignInParameters) {
  const { say } = useWords()
  const { busy, error, run } = useDoing()
  /** Lets who was not known in, to join. */
  const [join, setJoin] = useState<() => void>()
  const [words, setWords] = useState('')
  const [name, setName] = useState('')
  const [keep, setKeep] = useState(false)
  const device = useLoad(namesOnDevice, [])

  const enter = (keysFrom: () => Keys | Promise<Keys>, options: EnterOptions = {}) =>
    run(async () => {
      setJoin(undefined)
      if (await signIn(keysFrom, options)) return
      setJoin(() => () => enter(keysFrom, { ...options, isNew: true }))
    })
  return (
    <Page title={say('signIn.title')}>
      <p>{say('signIn.intro', { name: settings.name })}</p>
      {left && (
        <p class="notice" role="status">
          {say(left === 'idle' ? 'signIn.idle' : 'signIn.elsewhere')}
        </p>
      )}
      {device.state === 'loaded' && device.value.length > 0 && (
        <Device names={device.value} busy={busy} enter={(known) => enter(() => keysOnDevice(known))} forgotten={device.again} />
      )}
      <section aria-labelledby="by-words">
        <h2 id="by-words">{say('signIn.words.title')}</h2>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            enter(() => keysFromWords(words), { keepAs: keep ? name.trim() : undefined })
          }}
        >
          <label for="words">{say('signIn.words')}</label>
          <p class="hint" id="words-hint">
            {say('signIn.words.hint')}
          </p>
          <textarea
            id="words"
            rows={4}
            required
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-describedby="words-hint"
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
          <label class="choice">
            <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
            {say('signIn.keep')}
          </label>
          {keep && (
            <>
              <label for="name">{say('signIn.name')}</label>
              <p class="hint" id="name-hint">
                {say('signIn.name.hint')}
              </p>
              <input
                id="name"
                aria-describedby="name-hint"
                required
                maxLength={MAX_NAME_LENGTH}
                autocomplete="nickname"
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </>
          )}
          <button type="submit" class="main" disabled={busy}>
            {say('signIn.button')}
          </button>
        </form>
      </section>
      {busy && <Waiting>{say('signIn.busy')}</Waiting>}
      {join && (
        <div class="notice problem" role="alert">
          <p class="strong">{say('signIn.unknown')}</p>
          <p>{say('signIn.unknown.next')}</p>
          <button type="button" disabled={busy} onClick={join}>
            {say('signIn.new')}
          </button>
        </div>
      )}
      {error !== undefined && <Failure error={error} />}
      <Newcomer />
      <section aria-labelledby="safe">
        <h2 id="safe">{say('signIn.safe.title')}</h2>
        <p>{say('signIn.safe')}</p>
      </section>
    </Page>
  )
}

interface DeviceParameters {
  readonly names: readonly string[]
  readonly busy: boolean
  readonly enter: (name: string) => void
  readonly forgotten: () => void
}

/** Who may go on with keys of this device. */
function Device({ names, busy, enter, forgotten }: DeviceParameters) {
  const { say } = useWords()
  const [leaving, setLeaving] = useState<string>()
  const { error, run } = useDoing()
  return (
    <section aria-labelledby="device">
      <h2 id="device">{say('signIn.device.title')}</h2>
      <ul class="plain">
        {names.map((name) => (
          <li key={name} class="row">
            <button type="button" class="main" disabled={busy} onClick={() => enter(name)}>
              {say('signIn.device.enter', { name })}
            </button>
            <button type="button" class="quiet" onClick={() => setLeaving(name)}>
              {say('signIn.device.forget', { name })}
            </button>
          </li>
        ))}
      </ul>
      {error !== undefined && <Failure error={error} />}
      {leaving !== undefined && (
        <Dialog title={say('signIn.forget.title', { name: leaving })} onClose={() => setLeaving(undefined)}>
          <p>{say('signIn.forget.text')}</p>
          <div class="row">
            <button
              type="button"
              class="danger"
              onClick={() =>
                run(async () => {
                  await forgetOnDevice(leaving)
                  setLeaving(undefined)
                  forgotten()
                })
              }
            >
              {say('signIn.forget.button')}
            </button>
            <button type="button" class="quiet" onClick={() => setLeaving(undefined)}>
              {say('app.cancel')}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  )
}
