import type { Reader } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { offersTo, type Role } from '../chain/roles.ts'
import { type MessageKey, useWords, type Words } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Failure } from '../ui/Failure.tsx'
import { useDoing, useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { useReturnTo } from '../ui/useReturnTo.ts'
import { type RoleChange, RoleDialog } from './RoleDialog.tsx'

/** The roles that the portal has pages for. */
const WITH_PAGES = ['clinician', 'organisation-admin', 'researcher', 'insurer', 'auditor']

/** What somebody may do at each of their organisations, what is offered to them, and how they take it or give it back. */
export function OwnRoles({ reader }: { reader: Reader }) {
  const words = useWords()
  const { say } = words
  const { session, recogniseAnew } = usePortal()
  const { roles, committee } = session.person
  const [asking, setAsking] = useState<{ readonly change: RoleChange; readonly role: Role; readonly told: string }>()
  const [done, setDone] = useState('')
  const goBack = useReturnTo('own-roles')
  const looking = useDoing()
  // What somebody may do decides which pages there are.
  const lookAnew = () => looking.run(recogniseAnew)
  const offers = useLoad(() => offersTo(session.aegle, reader.account.id), [session, reader])
  const ask = (change: RoleChange, role: Role, told: string) => {
    setDone('')
    setAsking({ change, role, told })
  }
  return (
    <section aria-labelledby="own-roles">
      <h2 id="own-roles" tabIndex={-1}>
        {say('own.title')}
      </h2>
      {done !== '' && <p class="notice">{done}</p>}
      {looking.error !== undefined && (
        <>
          <p class="notice strong">{say('own.notLooked')}</p>
          <Failure error={looking.error} again={lookAnew} />
        </>
      )}
      {committee && <p>{say('account.committee')}</p>}
      {roles.length === 0 && !committee && <p class="notice">{say('account.noRole')}</p>}
      <ul class="plain">
        {roles.map((role) => (
          <li key={role.organisation} class="card">
            {role.names.map((name) => (
              <p key={name} class="sentence">
                {heldSentence(name, role, words)}
                {!WITH_PAGES.includes(name) && <> {say('account.noPages')}</>}
              </p>
            ))}
            <button type="button" class="danger" onClick={() => ask('give-back', role, role.names.map((name) => heldSentence(name, role, words)).join(' '))}>
              {say('own.giveBack', { organisation: role.organisation })}
            </button>
          </li>
        ))}
      </ul>
      <h3>{say('own.offers')}</h3>
      <Loading of={offers}>
        {(found) => (
          <>
            {found.length === 0 && <p>{say('own.noOffers')}</p>}
            <ul class="plain">
              {found.map((role) => (
                <li key={role.organisation} class="card">
                  <p class="sentence">{offerSentence(role, words)}</p>
                  <div class="row">
                    <button type="button" class="main" onClick={() => ask('accept', role, offerSentence(role, words))}>
                      {say('own.accept', { organisation: role.organisation })}
                    </button>
                    <button type="button" class="danger" onClick={() => ask('decline', role, offerSentence(role, words))}>
                      {say('own.decline', { organisation: role.organisation })}
                    </button>
                  </div>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loading>
      <LookAgain onLook={offers.again} />
      {asking && (
        <RoleDialog
          reader={reader}
          {...asking}
          onClose={() => setAsking(undefined)}
          onDone={(told) => {
            setAsking(undefined)
            setDone(told)
            goBack()
            offers.again()
            lookAnew()
          }}
        />
      )}
    </section>
  )
}

function heldSentence(name: string, { organisation, until }: Role, { say, date }: Words): string {
  return say(`role.${name}` as MessageKey, { organisation, until: date(until) })
}

function offerSentence({ names, organisation, until }: Role, { say, list, date }: Words): string {
  const does = list(names.map((name) => say(`staff.gets.${name}` as MessageKey)))
  return say('own.offer', { organisation, does, until: date(until) })
}
