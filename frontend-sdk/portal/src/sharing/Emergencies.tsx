import { closeGlass, type Patient } from '@aegle/sdk'
import { type Glass, isOpen } from '../chain/glasses.ts'
import { useWords } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'
import { reasonKey } from './reasons.ts'

/** Who opened a patient’s records in an emergency, why, and what the review found. */
export function Emergencies({ glasses, patient, changed }: { glasses: readonly Glass[]; patient: Patient; changed: () => void }) {
  const { say } = useWords()
  if (glasses.length === 0) return null
  return (
    <section aria-labelledby="emergencies">
      <h2 id="emergencies">{say('glass.title')}</h2>
      <ul class="plain">
        {glasses.map((glass) => (
          <Emergency key={`${glass.clinician} ${glass.openedAt.getTime()}`} glass={glass} patient={patient} changed={changed} />
        ))}
      </ul>
    </section>
  )
}

function Emergency({ glass, patient, changed }: { glass: Glass; patient: Patient; changed: () => void }) {
  const { say, dateTime } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const { clinician, openedAt, until, reviewBy, reason, justified } = glass
  const who = nameOf(session.settings, clinician) ?? say('people.code', { code: shortCode(clinician) })
  const open = isOpen(glass, new Date())
  const review = justified === undefined ? 'glass.review' : justified ? 'glass.justified' : 'glass.unjustified'
  const end = () =>
    run(async () => {
      await closeGlass(session.aegle, { patient, clinician })
      announce(say('glass.ended', { who }))
      changed()
    })
  return (
    <li class={open ? 'card alarm' : 'card'}>
      <p class="sentence">{say('glass.sentence', { who, from: dateTime(openedAt), why: say(reasonKey(reason), { code: reason }) })}</p>
      <p>{say(open ? 'glass.open' : 'glass.over', { until: dateTime(until) })}</p>
      <p>{say(review, { by: dateTime(reviewBy) })}</p>
      {busy && <Waiting>{say('status.preparing')}</Waiting>}
      {error !== undefined && <Failure error={error} />}
      {open && (
        <button type="button" class="danger" disabled={busy} onClick={end}>
          {say('glass.end', { who })}
        </button>
      )}
    </li>
  )
}
