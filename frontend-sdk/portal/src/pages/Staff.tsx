import { organisation as listOrganisation, type OrganisationMember, type Reader } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { type MessageKey, useWords, type Words } from '../i18n.ts'
import { shortCode } from '../people/names.ts'
import { usePortal } from '../session.ts'
import { nameOf } from '../settings.ts'
import { Appoint, GIVEN } from '../staff/Appoint.tsx'
import { DismissDialog } from '../staff/DismissDialog.tsx'
import { useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookedBack, useDepth } from '../ui/LookedBack.tsx'
import { Page } from '../ui/Page.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'

/** How many people are shown at first, and how many more each time. */
const PEOPLE_AT_A_TIME = 50

/** The people of an organisation with their roles, and how those are given and taken. */
export function Staff({ admin, organisation }: { admin: Reader; organisation: number }) {
  const words = useWords()
  const { say, count } = words
  const { session } = usePortal()
  const [text, setText] = useState('')
  const [limit, setLimit] = useState(PEOPLE_AT_A_TIME)
  const goBack = useReturnTo('staff-now')
  const depth = useDepth(goBack)
  const found = useLoad(
    (signal) => listOrganisation(session.aegle, { organisation, lists: ['people'], newestBlocks: depth.newestBlocks, signal }),
    [session, organisation, depth.newestBlocks],
  )
  const named = (member: OrganisationMember) => nameOf(session.settings, member.account) ?? say('people.code', { code: shortCode(member.account) })
  return (
    <Page title={say('staff.title')}>
      <p>{say('staff.intro', { organisation })}</p>
      <Appoint admin={admin} organisation={organisation} changed={found.again} />
      <section aria-labelledby="staff-now">
        <h2 id="staff-now" tabIndex={-1}>
          {say('staff.now')}
        </h2>
        <Loading of={found} waiting={say('staff.waiting')}>
          {({ people, source }) => {
            const wanted = text.trim().toLowerCase()
            const shown = people.filter((member) => wanted === '' || `${named(member)} ${sentenceOf(named(member), member, words)}`.toLowerCase().includes(wanted))
            return (
              <>
                <label for="filter">{say('patients.filter')}</label>
                <input id="filter" type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
                <p>{count('staff.count', shown.length)}</p>
                <LookedBack source={source} depth={depth} />
                <ul class="plain">
                  {shown.slice(0, limit).map((member) => (
                    <Member
                      key={`${member.account} ${member.offered}`}
                      member={member}
                      who={named(member)}
                      admin={admin}
                      changed={() => {
                        goBack()
                        found.again()
                      }}
                    />
                  ))}
                </ul>
                {shown.length > limit && (
                  <button type="button" onClick={() => setLimit(limit + PEOPLE_AT_A_TIME)}>
                    {say('log.more')}
                  </button>
                )}
              </>
            )
          }}
        </Loading>
      </section>
    </Page>
  )
}

function sentenceOf(who: string, { roles, until }: OrganisationMember, { say, list, date }: Words): string {
  return say('staff.sentence', { who, does: list(roles.map((role) => say(`staff.does.${role}` as MessageKey))), until: date(until) })
}

function Member({ member, who, admin, changed }: { member: OrganisationMember; who: string; admin: Reader; changed: () => void }) {
  const words = useWords()
  const { say } = words
  const [stopping, setStopping] = useState(false)
  const { account, roles, offered, counts } = member
  const told = sentenceOf(who, member, words)
  const ours = roles.every((role) => GIVEN.includes(role))
  return (
    <li class="card">
      <p class="sentence">{told}</p>
      {offered && <p>{say('staff.offered')}</p>}
      {!offered && !counts && <p>{say('staff.ended')}</p>}
      {ours ? (
        <button type="button" class="danger" onClick={() => setStopping(true)}>
          {say('staff.dismiss', { who })}
        </button>
      ) : (
        <p class="small">{say('staff.committee')}</p>
      )}
      {stopping && (
        <DismissDialog
          {...{ admin, account, who, told }}
          onClose={() => setStopping(false)}
          onDone={() => {
            setStopping(false)
            changed()
          }}
        />
      )}
    </li>
  )
}
