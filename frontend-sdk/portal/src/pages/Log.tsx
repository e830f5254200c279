import { disclosures, type Patient } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { roleOf } from '../chain/roles.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { type Act, actsOf, isDoubtful, prove, type Proved } from '../log/acts.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import { purposeNames } from '../sharing/sentence.ts'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { Page } from '../ui/Page.tsx'

/** How many acts are shown at first, and more at a time. */
const ACTS_AT_A_TIME = 50

/** Who looked at a patient’s records: a line for what a person did, with what proves it. */
export function Log({ patient }: { patient: Patient }) {
  const { say, count } = useWords()
  const { session } = usePortal()
  const [own, setOwn] = useState(false)
  const [limit, setLimit] = useState(ACTS_AT_A_TIME)
  const found = useLoad(async (signal) => {
    const [entries, told] = await Promise.all([disclosures(session.aegle, { patient, signal }), session.history.read()])
    const requesters = [...new Set(entries.map(({ disclosure }) => disclosure.requester as `0x${string}`))]
    const roles = await Promise.all(requesters.map(async (account) => [account, (await roleOf(session.aegle, account))?.organisation] as const))
    const organisations = new Map(roles.filter((one): one is readonly [`0x${string}`, number] => one[1] !== undefined))
    const proved = entries.map((entry) => ({ entry, proof: prove(entry, patient.account.id, told, organisations) }))
    return { acts: actsOf(proved), entries: entries.length, doubtful: proved.filter(isDoubtful).length }
  }, [session, patient])
  return (
    <Page title={say('log.title')}>
      <p>{say('log.intro')}</p>
      <Loading of={found}>
        {({ acts, entries, doubtful }) => {
          const shown = acts.filter(({ requester }) => own || requester !== patient.account.id)
          return (
            <>
              <p class={doubtful > 0 ? 'notice alarm' : 'proof'}>
                {doubtful > 0 ? count('log.doubtful', doubtful) : count('log.proved', entries)}
              </p>
              <label class="choice">
                <input type="checkbox" checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} />
                {say('log.own')}
              </label>
              <p>{count('log.count', shown.length)}</p>
              <ul class="plain">
                {shown.slice(0, limit).map((act) => (
                  <Line key={act.entries[0]?.entry.number} act={act} patient={patient} />
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
      <p>
        <button type="button" class="quiet" onClick={found.again}>
          {say('log.again')}
        </button>
      </p>
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
      {!isOwn && !doubtful && (
        <p class="proof">{act.grant === undefined ? say('log.emergency') : say('log.allowed', { grant: act.grant })}</p>
      )}
      <details>
        <summary>{count('log.entries', act.entries.length)}</summary>
        <ul class="plain small">
          {act.entries.map((proved) => (
            <Entry key={proved.entry.number} proved={proved} />
          ))}
        </ul>
      </details>
    </li>
  )
}

function Entry({ proved }: { proved: Proved }) {
  const { say, dateTime } = useWords()
  const { entry, proof } = proved
  const { disclosure, number, hash } = entry
  return (
    <li class={isDoubtful(proved) ? 'alarm' : undefined}>
      <p>
        {say('log.entry', {
          number,
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
