import { type Actor, erasures, type RecordPosition } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Loading } from '../ui/Loading.tsx'
import { useLoad } from '../ui/load.ts'
import { ToKeep } from '../ui/ToKeep.tsx'
import { ErasureDialog } from './ErasureDialog.tsx'
import { placeOf } from './place.ts'

/** How a patient has a record of theirs erased: by which line the hospital finds it, and what became of it. */
export function OwnErasure({ by, at }: { by: Actor; at: RecordPosition }) {
  const { say, dateTime } = useWords()
  const { session } = usePortal()
  const [asking, setAsking] = useState(false)
  const [hidden, setHidden] = useState(false)
  const found = useLoad(
    async (signal) => {
      const waiting = await erasures(session.aegle, { domain: at.domain, signal })
      return { erasure: waiting.find(({ batch, numbers }) => batch === at.batch && numbers.includes(at.number)) }
    },
    [session, at.domain, at.batch, at.number],
  )
  const told = (finalAt: Date) => say('erasing.own.asked', { at: dateTime(finalAt) })
  return (
    <section aria-labelledby="erasing">
      <h2 id="erasing">{say('erasing.own.title')}</h2>
      <Loading of={found} waiting={say('staff.waiting')}>
        {({ erasure }) =>
          erasure === undefined ? (
            <details>
              <summary>{say('erasing.own.how')}</summary>
              <p>{say('erasing.own.intro')}</p>
              <ToKeep label={say('erasing.own.line')} text={placeOf(at)} />
            </details>
          ) : (
            <div class="card">
              <p class="sentence">{told(erasure.finalAt)}</p>
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
                  erasure={erasure}
                  deed="second"
                  told={told(erasure.finalAt)}
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
