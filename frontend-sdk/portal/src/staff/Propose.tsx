import { type CommitteePlan, foretell, type Foretold, type Reader, type RoleName } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { ROLES } from '../chain/roles.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { CodeField } from '../ui/CodeField.tsx'
import { DaysField } from '../ui/DaysField.tsx'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'
import { NumberField } from '../ui/NumberField.tsx'
import { FIELDS, KINDS, type PlanKind, planOf } from './plan.ts'
import { ProposeDialog } from './ProposeDialog.tsx'
import { Roles } from './Roles.tsx'

/** For how many days the committee gives roles; the first one is what most get. */
const DAYS = [365, 180, 30, 1] as const
const DAY_MS = 24 * 3_600_000
/** The highest number of a jurisdiction. */
const MAX_JURISDICTION = 255

interface ProposeParameters {
  readonly member: Reader
  /** Told what came of it, in a sentence. */
  readonly proposed: (told: string) => void
  /** Called when the vote counts, though what it was enough for was not done. */
  readonly counted: () => void
}

/** Starts a plan of a kind that members of the committee usually start. */
export function Propose({ member, proposed, counted }: ProposeParameters) {
  const { say } = useWords()
  const { session } = usePortal()
  const { busy, error, run } = useDoing()
  const [kind, setKind] = useState<PlanKind>('admit')
  const [code, setCode] = useState('')
  const [organisation, setOrganisation] = useState('')
  const [jurisdiction, setJurisdiction] = useState('')
  const [roles, setRoles] = useState<readonly RoleName[]>([])
  const [days, setDays] = useState<number>(DAYS[0])
  const [asking, setAsking] = useState<{ readonly plan: CommitteePlan; readonly foretold: Foretold }>()
  const fields = FIELDS[kind]
  const ask = () =>
    run(async () => {
      const until = new Date(Date.now() + days * DAY_MS)
      const plan = planOf({ kind, code, organisation, jurisdiction, roles, until })
      setAsking({ plan, foretold: await foretell(session.aegle, { by: member, plan }) })
    })
  return (
    <section aria-labelledby="propose">
      <h2 id="propose">{say('propose.title')}</h2>
      <p>{say('propose.intro')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          ask()
        }}
      >
        <label for="plan">{say('propose.what')}</label>
        <select id="plan" value={kind} onChange={(event) => setKind(event.currentTarget.value as PlanKind)}>
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {say(`propose.kind.${each}` as MessageKey)}
            </option>
          ))}
        </select>
        <p class="hint">{say(`propose.about.${kind}` as MessageKey)}</p>
        {fields.includes('code') && (
          <CodeField
            id="plan-code"
            label={say(kind === 'residence' ? 'asks.code' : 'sharing.code')}
            hint={say('sharing.code.hint')}
            code={code}
            onCode={setCode}
          />
        )}
        {(fields.includes('organisation') || fields.includes('anyOrganisation')) && (
          <NumberField
            id="plan-organisation"
            label={say('propose.organisation')}
            hint={fields.includes('anyOrganisation') ? say('propose.organisation.all') : undefined}
            text={organisation}
            onText={setOrganisation}
          />
        )}
        {fields.includes('jurisdiction') && (
          <NumberField
            id="plan-jurisdiction"
            label={say('propose.jurisdiction')}
            hint={say('propose.jurisdiction.none')}
            most={MAX_JURISDICTION}
            text={jurisdiction}
            onText={setJurisdiction}
          />
        )}
        {fields.includes('roles') && (
          <>
            <Roles roles={ROLES} chosen={roles} onChoose={setRoles} />
            <DaysField id="plan-days" choices={DAYS} days={days} onDays={setDays} />
          </>
        )}
        {busy && <Waiting>{say('staff.waiting')}</Waiting>}
        {error !== undefined && <Failure error={error} />}
        <div class="row">
          <button type="submit" disabled={busy || (fields.includes('roles') && roles.length === 0)}>
            {say('sharing.next')}
          </button>
        </div>
      </form>
      {asking && (
        <ProposeDialog
          member={member}
          {...asking}
          onCounted={() => {
            counted()
            // What is left to do is something else now.
            const { plan } = asking
            void foretell(session.aegle, { by: member, plan }).then((foretold) => setAsking((before) => before && { plan, foretold }), () => undefined)
          }}
          onClose={() => setAsking(undefined)}
          onDone={(told) => {
            setAsking(undefined)
            setCode('')
            proposed(told)
          }}
        />
      )}
    </section>
  )
}
