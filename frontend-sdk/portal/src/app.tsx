import { type Aegle, AegleError } from '@aegle/sdk'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { connectTo, loadCore } from './connection.ts'
import { languageOf, Spoken, wordsIn } from './i18n.ts'
import { type EnterOptions, type Left, SignIn } from './pages/SignIn.tsx'
import { Pages } from './pages/Pages.tsx'
import { keepOnDevice } from './people/device.ts'
import { type Person, recognise, recogniseAnew as askAnew } from './people/person.ts'
import { forgetKeys, type Keys } from './people/words.ts'
import { type Session, sessionOf, SignedIn } from './session.ts'
import { fetchSettings, type Settings } from './settings.ts'
import { Failure, Waiting } from './ui/Failure.tsx'
import { Frame, type Theme } from './ui/Frame.tsx'
import { useIdle } from './ui/idle.ts'
import { useLoad } from './ui/load.ts'

/** Where the browser keeps the language and the colours: nothing else of anybody is kept there. */
const LANGUAGE = 'aegle-language'
const THEME = 'aegle-theme'
/** Where windows of one browser tell each other that somebody signed out: who leaves a shared computer leaves all of it. */
const CHANNEL = 'aegle-portal'

const kept = (name: string) => {
  try {
    return localStorage.getItem(name) ?? undefined
  } catch {
    // A browser that keeps nothing shows the portal as it is set up.
    return undefined
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // It is chosen anew next time.
  }
}

const prefersDark = () => matchMedia('(prefers-color-scheme: dark)').matches

/** The whole portal. */
export function App() {
  const [language, setLanguage] = useState(() => languageOf([kept(LANGUAGE), ...navigator.languages].filter((one) => one !== undefined)))
  const [theme, setTheme] = useState<Theme>(() => (kept(THEME) === 'dark' || (!kept(THEME) && prefersDark()) ? 'dark' : 'light'))
  const [said, setSaid] = useState('')
  const [session, setSession] = useState<Session>()
  const [left, setLeft] = useState<Left>()
  const words = useMemo(() => wordsIn(language), [language])
  const settings = useLoad(fetchSettings, [])
  useEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dataset['theme'] = theme
  }, [language, theme])

  /** How often somebody has left, here or in another window: whoever connects meanwhile begins nothing. */
  const departures = useRef(0)
  const leave = useCallback(() => {
    departures.current += 1
    setSession((before) => {
      // What runs is ended first, so that nothing uses the keys any more.
      if (before) void disconnected(before.aegle)
      before?.person.forget()
      return undefined
    })
    setSaid('')
    history.replaceState(null, '', location.pathname)
  }, [])
  const channel = useMemo(() => new BroadcastChannel(CHANNEL), [])
  const isSignedIn = session !== undefined
  useEffect(() => {
    channel.onmessage = () => {
      departures.current += 1
      if (!isSignedIn) return
      leave()
      setLeft('elsewhere')
    }
  }, [channel, isSignedIn, leave])
  const signOut = useCallback(() => {
    leave()
    channel.postMessage('signed out')
  }, [channel, leave])
  const idleMinutes = session?.settings.idleMinutes
  useIdle(idleMinutes, () => {
    leave()
    setLeft('idle')
  })

  /** Ends what was begun before somebody left. */
  const assertStays = (begun: number) => {
    if (departures.current !== begun) throw new AegleError('aborted', 'somebody signed out in another window of this browser')
  }

  /** Connects, asks the chain who it is, and begins; whom the chain does not know is not let in. */
  async function signIn(at: Settings, keysFrom: () => Keys | Promise<Keys>, { keepAs, isNew = false }: EnterOptions): Promise<Person | undefined> {
    const begun = departures.current
    await loadCore()
    const keys = await keysFrom()
    const aegle = await connectTo(at).catch((error: unknown) => {
      forgetKeys(keys)
      throw error
    })
    try {
      const person = await recognise(aegle, keys, isNew)
      if (!person.patient && !person.reader && !person.newcomer) {
        person.forget()
        await disconnected(aegle)
        return undefined
      }
      assertStays(begun)
      if (keepAs !== undefined) await keepOnDevice(keepAs, keys)
      assertStays(begun)
      setLeft(undefined)
      setSession(sessionOf(at, aegle, person))
      return person
    } catch (error) {
      forgetKeys(keys)
      await disconnected(aegle)
      throw error
    }
  }

  const reconnect = async () => {
    if (!session) return
    const begun = departures.current
    const aegle = await connectTo(session.settings)
    if (departures.current !== begun) return await disconnected(aegle)
    void disconnected(session.aegle)
    setSession(sessionOf(session.settings, aegle, session.person))
  }
  const recogniseAnew = async () => {
    if (!session) return
    const begun = departures.current
    const person = await askAnew(session.aegle, session.person)
    if (departures.current === begun) setSession((now) => now && sessionOf(now.settings, now.aegle, person))
  }
  const look = {
    theme,
    onTheme: (chosen: Theme) => {
      keep(THEME, chosen)
      setTheme(chosen)
    },
    onLanguage: () => {
      const other = language === 'en' ? 'de' : 'en'
      keep(LANGUAGE, other)
      setLanguage(other)
    },
  }
  return (
    <Spoken.Provider value={words}>
      <Frame {...look} session={session} signOut={signOut}>
        {session ? (
          <SignedIn.Provider value={{ session, reconnect, recogniseAnew, announce: setSaid, signOut }}>
            <Pages />
          </SignedIn.Provider>
        ) : settings.state === 'loaded' ? (
          <SignIn settings={settings.value} left={left} signIn={(keysFrom, options) => signIn(settings.value, keysFrom, options)} />
        ) : (
          <main id="page">{settings.state === 'failed' ? <Failure error={settings.error} again={settings.again} /> : <Waiting />}</main>
        )}
      </Frame>
      <div class="unseen" role="status" aria-live="polite">
        {said}
      </div>
    </Spoken.Provider>
  )
}

async function disconnected(aegle: Aegle): Promise<void> {
  // A node that is gone cannot be told goodbye.
  await aegle.disconnect().catch(() => undefined)
}
