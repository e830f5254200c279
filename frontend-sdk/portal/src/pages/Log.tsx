import { type AegleError, disclosuresByServer, type Hex, type Patient } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type MessageKey, useWords, type Words } from '../i18n.ts'
import { type Act, actsOf, isDoubtful, isUnknown, type Proof, type Proved, proveLog } from '../log/acts.ts'
import { backgrounds } from '../log/background.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf, type Settings } from '../settings.ts'
import { purposeNames } from '../sharing/sentence.ts'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { Page } from '../ui/Page.tsx'

/** How many acts are shown at first, and more at a time. */
const ACTS_AT_A_TIME = 50

/** A server whose list is not shown, and why. */
interface Unread {
  readonly server: Hex
  readonly error: AegleError
}

/** Who looked at a patient’s records: a line for what a person did, with what proves it. */
export function Log({ patient }: { patient: Patient }) {
  const words = useWords()
  const { say, count } = words
  const { session } = usePortal()
  const [own, setOwn] = useState(false)
  const [limit, setLimit] = useState(ACTS_AT_A_TIME)
  const found = useLoad(async (signal) => {
    const { aegle, history } = session
    const logs = await disclosuresByServer(aegle, { patient, signal })
    // After the logs, so that it has what their entries rest on.
    const told = await history.readAnew()
    const { through } = history
    // Without the indexer’s own list there is none: it gives every record.
    const failed = logs.find(({ server, error }) => server === aegle.indexer.account && error)?.error
    if (failed) throw failed
    const { id } = patient.account
    const proved = await Promise.all(
      logs.map(async ({ server, entries }) => proveLog(server, entries, id, { told, through }, await backgrounds(aegle, id, entries))),
    )
    const all = proved.flat()
    const [doubtful, unknown] = [all.filter(isDoubtful).length, all.filter(isUnknown).length]
    const unread = logs.flatMap(({ server, error }): Unread[] => (error ? [{ server, error }] : []))
    return { acts: actsOf(all), borneOut: all.length - doubtful - unknown, doubtful, unknown, unread }
  }, [session, patient])
  return (
    <Page title={say('log.title')}>
      <p>{say('log.intro')}</p>
      <Loading of={found}>
        {({ acts, borneOut, doubtful, unknown, unread }) => {
          const shown = acts.filter(({ requester }) => own || requester !== patient.account.id)
          return (
            <>
              <p class={doubtful > 0 ? 'notice alarm' : 'proof'}>
                {doubtful > 0 ? count('log.doubtful', doubtful) : count('log.proved', borneOut)}
              </p>
              {unknown > 0 && <p class="notice">{count('log.unknown', unknown)}</p>}
              {unread.map(({ server, error }) => (
                <p key={server} class={error.tampering ? 'notice alarm' : 'notice problem'}>
                  {say(error.tampering ? 'log.changed' : 'log.unread', { server: serverName(server, session.settings, words) })}
                </p>
              ))}
              <label class="choice">
                <input type="checkbox" checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} />
                {say('log.own')}
              </label>
              <p>{count('log.count', shown.length)}</p>
              <ul class="plain">
                {shown.slice(0, limit).map((act) => (
                  <Line key={`${act.entries[0]?.server} ${act.entries[0]?.entry.number}`} act={act} patient={patient} />
                ))}
              </ul>
              {shown.length > limit && (
                <button type="button" onClick={() => setLimit(limit + ACTS_AT_A_TIME)}>
                  {say('log.more')}
                </button>
              )}
            </>
          )
        }}
      </Loading>
      <LookAgain onLook={found.again} label="log.again" />
    </Page>
  )
}

function Line({ act, patient }: { act: Act; patient: Patient }) {
  const words = useWords()
  const { say, count, dateTime } = words
  const { settings } = usePortal().session
  const isOwn = act.requester === patient.account.id
  const who = nameOf(settings, act.requester) ?? say('people.code', { code: shortCode(act.requester) })
  const why = act.purpose ? purposeNames([act.purpose], words) : ''
  const doubtful = act.entries.some(isDoubtful)
  // Without half a key nobody opens a record.
  const did = act.entries.some(({ entry }) => entry.disclosure.kind === 'transform') ? 'log.act' : 'log.saw'
  return (
    <li class={doubtful ? 'card alarm' : 'card'}>
      <p class="when">{dateTime(act.until)}</p>
      <p class="sentence">
        {isOwn ? count('log.you', act.records.length) : count(did, act.records.length, { who, why })}
      </p>
      {!isOwn && !doubtful && <Reason act={act} />}
      <details>
        <summary>{count('log.entries', act.entries.length)}</summary>
        <ul class="plain small">
          {act.entries.map((proved) => (
            <Entry key={`${proved.server} ${proved.entry.number}`} proved={proved} />
          ))}
        </ul>
      </details>
    </li>
  )
}

/** What lets a person in by whom a line is. */
const REASONS: { readonly [proof in Proof]?: MessageKey } = {
  emergency: 'log.emergency',
  guardian: 'log.guardian',
  law: 'log.law',
}

/** Says why somebody could look, in one sentence. */
function Reason({ act }: { act: Act }) {
  const { say } = useWords()
  if (act.entries.some(isUnknown)) return <p class="small">{say('log.unsure')}</p>
  const reason = REASONS[act.entries[0]?.proof ?? 'unknown']
  return <p class="proof">{reason ? say(reason) : say('log.allowed', { grant: act.grant ?? 0 })}</p>
}

/** What a server is called. */
function serverName(server: Hex, settings: Settings, { say }: Words): string {
  if (server === settings.indexer) return say('log.thisServer')
  return nameOf(settings, server) ?? say('log.serverCode', { code: shortCode(server) })
}

function Entry({ proved }: { proved: Proved }) {
  const words = useWords()
  const { say, dateTime } = words
  const { settings } = usePortal().session
  const { server, entry, proof } = proved
  const { disclosure, number, hash } = entry
  return (
    <li class={isDoubtful(proved) ? 'alarm' : undefined}>
      <p>
        {say('log.entry', {
          number,
          server: serverName(server, settings, words),
          kind: say(`kind.${disclosure.kind}` as MessageKey),
          at: dateTime(new Date(disclosure.at)),
          block: disclosure.block.number,
        })}{' '}
        <a href={`#/records/${disclosure.record}`}>{say('log.record')}</a>
      </p>
      <p>{say(`proof.${proof}` as MessageKey, { grant: disclosure.grant ?? 0 })}</p>
      <p class="code">{hash}</p>
    </li>
  )
}
