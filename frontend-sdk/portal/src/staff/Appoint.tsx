import type { Reader, RoleName } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { DaysField } from '../ui/DaysField.tsx'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing } from '../ui/load.ts'
import { AppointDialog, type Report } from './AppointDialog.tsx'
import { Faults } from './Faults.tsx'
import { MAX_LINES, readLines, type TriedList, tryLines } from './lines.ts'
import { Roles } from './Roles.tsx'

/** The roles that an organisation gives by itself; the others are the committee’s. */
export const GIVEN: readonly RoleName[] = ['clinician', 'researcher', 'custodian', 'device']
/** For how many days roles are given; the first one is what most get. */
const DAYS = [365, 180, 30, 1] as const
const DAY_MS = 24 * 3_600_000
/** The largest file of codes, in bytes. */
const MAX_FILE_BYTES = 1 << 20

/** Gives roles to people of a list or a file, and says of each line that is of no use why. */
export function Appoint({ admin, organisation, changed }: { admin: Reader; organisation: number; changed: () => void }) {
  const { say, count } = useWords()
  const { session } = usePortal()
  const { busy, error, run } = useDoing()
  const [text, setText] = useState('')
  const [tooLarge, setTooLarge] = useState(false)
  const [roles, setRoles] = useState<readonly RoleName[]>(GIVEN.slice(0, 1))
  const [days, setDays] = useState<number>(DAYS[0])
  const [wanted, setWanted] = useState<TriedList & { readonly until: Date }>()
  const [report, setReport] = useState<Report>()
  const read = readLines(text)
  const tooMany = read.lines.length > MAX_LINES
  const load = async (file: File | undefined) => {
    if (!file) return
    setTooLarge(file.size > MAX_FILE_BYTES)
    if (file.size <= MAX_FILE_BYTES) setText(await file.text())
  }
  const check = () =>
    run(async () => {
      setReport(undefined)
      const until = new Date(Date.now() + days * DAY_MS)
      const tried = await tryLines(session.aegle, read, { admin: admin.account.id, organisation, roles, until })
      if (tried.lines.length > 0) setWanted({ ...tried, until })
      else setReport({ done: 0, faults: tried.faults, error: undefined })
    })
  return (
    <section aria-labelledby="appoint">
      <h2 id="appoint" tabIndex={-1}>
        {say('appoint.title')}
      </h2>
      <p>{say('appoint.intro', { count: MAX_LINES })}</p>
      {report && (
        <div role="status">
          <p class="strong">{count('appoint.done', report.done)}</p>
          <Faults faults={report.faults} />
          {report.error !== undefined && <Failure error={report.error} />}
        </div>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          check()
        }}
      >
        <label for="codes">{say('appoint.codes')}</label>
        <p class="hint" id="codes-hint">
          {say('appoint.codes.hint')}
        </p>
        <textarea
          id="codes"
          class="code"
          rows={5}
          required
          autocomplete="off"
          aria-describedby="codes-hint"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <label for="file">{say('appoint.file')}</label>
        <input id="file" type="file" accept=".txt,.csv,text/plain,text/csv" onChange={(event) => void load(event.currentTarget.files?.[0])} />
        {tooLarge && <p class="notice problem">{say('appoint.file.tooLarge')}</p>}
        {tooMany && <p class="notice problem">{say('appoint.tooMany', { count: read.lines.length, limit: MAX_LINES })}</p>}
        <Roles roles={GIVEN} chosen={roles} onChoose={setRoles} />
        <DaysField id="role-days" choices={DAYS} days={days} onDays={setDays} />
        {busy && <Waiting>{say('appoint.checking')}</Waiting>}
        {error !== undefined && <Failure error={error} />}
        <div class="row">
          <button type="submit" disabled={busy || tooMany || roles.length === 0}>
            {say('sharing.next')}
          </button>
        </div>
      </form>
      {wanted && (
        <AppointDialog
          admin={admin}
          roles={roles}
          {...wanted}
          onClose={() => setWanted(undefined)}
          onDone={(told) => {
            setWanted(undefined)
            setReport(told)
            if (told.done > 0) setText('')
            changed()
          }}
        />
      )}
    </section>
  )
}
