import type { ComponentChildren } from 'preact'
import { useWords } from '../i18n.ts'
import { pagesOf } from '../pages/list.ts'
import type { Session } from '../session.ts'
import { useRoute } from './route.ts'

/** The colours. */
export type Theme = 'light' | 'dark'

interface FrameParameters {
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  readonly onLanguage: () => void
  readonly session: Session | undefined
  readonly signOut: () => void
  readonly children: ComponentChildren
}

/** What is around every page: the way to the others, language, colours, and the way out. */
export function Frame({ theme, onTheme, onLanguage, session, signOut, children }: FrameParameters) {
  const { say, language } = useWords()
  const [named] = useRoute()
  const pages = session ? pagesOf(session.person) : []
  const here = named ?? pages[0]?.name
  return (
    <>
      <a class="skip" href="#page" onClick={skip}>
        {say('app.skip')}
      </a>
      <header>
        <p class="brand">Aegle</p>
        {pages.length > 0 && (
          <nav aria-label={say('app.pages')}>
            {pages.map(({ name, title }) => (
              <a key={name} href={`#/${name}`} aria-current={here === name ? 'page' : undefined}>
                {say(title)}
              </a>
            ))}
          </nav>
        )}
        <div class="tools">
          <button type="button" class="quiet" lang={language === 'en' ? 'de' : 'en'} onClick={onLanguage}>
            {say('app.otherLanguage')}
          </button>
          <button type="button" class="quiet" onClick={() => onTheme(theme === 'dark' ? 'light' : 'dark')}>
            {say(theme === 'dark' ? 'app.light' : 'app.dark')}
          </button>
          {session && (
            <button type="button" class="quiet" onClick={signOut}>
              {say('app.signOut')}
            </button>
          )}
        </div>
      </header>
      {children}
    </>
  )
}

/** Moves the focus past the menu; the address is the portal’s own, and stays. */
function skip(event: Event): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('#page h1')?.focus()
}
