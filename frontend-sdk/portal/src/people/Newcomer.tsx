import { generatePhrase, ss58 } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { loadCore } from '../connection.ts'
import { useWords } from '../i18n.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Failure } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'

/** Fresh words, and the code of the patient that they make. */
interface Fresh {
  readonly words: readonly string[]
  readonly code: string
}

async function fresh(): Promise<Fresh> {
  await loadCore()
  using phrase = generatePhrase()
  using patient = phrase.patient()
  return { words: phrase.words().split(' '), code: ss58(patient.account.id) }
}

/** Makes 24 words for who has none. They are shown once, and kept nowhere: whoever signs in with them has written them down. */
export function Newcomer() {
  const { say } = useWords()
  const { busy, error, run } = useDoing()
  const [shown, setShown] = useState<Fresh>()
  const forget = () => setShown(undefined)
  return (
    <section aria-labelledby="new">
      <h2 id="new">{say('newcomer.title')}</h2>
      <p>{say('newcomer.text')}</p>
      <button type="button" disabled={busy} onClick={() => run(async () => setShown(await fresh()))}>
        {say('newcomer.button')}
      </button>
      {error !== undefined && <Failure error={error} />}
      {shown && (
        <Dialog title={say('newcomer.words')} onClose={forget}>
          <p>{say('newcomer.once')}</p>
          <ol class="words">
            {shown.words.map((word, index) => (
              <li key={index}>{word}</li>
            ))}
          </ol>
          <p>{say('newcomer.code')}</p>
          <p class="code">{shown.code}</p>
          <button type="button" class="main" onClick={forget}>
            {say('newcomer.done')}
          </button>
        </Dialog>
      )}
    </section>
  )
}
