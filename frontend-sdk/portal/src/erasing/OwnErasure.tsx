import { type AnchoredRecord, type Patient, verify } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Loading } from '../ui/Loading.tsx'
import { useLoad } from '../ui/load.ts'
import { ToKeep } from '../ui/ToKeep.tsx'
import { ErasureDialog } from './ErasureDialog.tsx'
import { placeOf } from './place.ts'

/** How a patient has a record of theirs erased: by which line the hospital finds it, and what became of it. */
export function OwnErasure({ by, at }: { by: Patient; at: AnchoredRecord }) {
  const { say, dateTime } = useWords()
  const { session } = usePortal()
  const [asking, setAsking] = useState(false)
  const [hidden, setHidden] = useState(false)
  const found = useLoad(
    async (signal) => {
      const { fate } = await verify(session.aegle, { by, record: at.record, position: at, signal })
      return { erasing: fate.kind === 'erasing' ? fate : undefined }
    },
    [session, by, at],
  )
  const told = (finalAt: Date) => say('erasing.own.asked', { at: dateTime(finalAt) })
  return (
    <section aria-labelledby="erasing">
      <h2 id="erasing">{say('erasing.own.title')}</h2>
      <Loading of={found} waiting={say('staff.waiting')}>
        {({ erasing }) =>
          erasing === undefined ? (
            <details>
              <summary>{say('erasing.own.how')}</summary>
              <p>{say('erasing.own.intro')}</p>
              <ToKeep label={say('erasing.own.line')} text={placeOf(at)} />
            </details>
          ) : (
            <div class="card">
              <p class="sentence">{told(erasing.finalAt)}</p>
              {hidden ? (
                <p class="strong">{say('erasing.second.done')}</p>
              ) : (
                <button type="button" class="danger" onClick={() => setAsking(true)}>
                  {say('erasing.own.button')}
                </button>
              )}
              {asking && (
                <ErasureDialog
                  by={by}
                  domain={at.domain}
                  erasure={erasing.erasure}
                  deed="second"
                  told={told(erasing.finalAt)}
                  onClose={() => setAsking(false)}
                  onDone={() => {
                    setAsking(false)
                    setHidden(true)
                  }}
                />
              )}
            </div>
          )
        }
      </Loading>
    </section>
  )
}
