import { type Aegle, type Hex, nameRecoveryKey, type Patient, publishKeys, readInvitation, register, ss58, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { registrationOf } from '../chain/registration.ts'
import { connectTo } from '../connection.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing, useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'
import { LookAgain } from '../ui/LookAgain.tsx'
import { NumberField } from '../ui/NumberField.tsx'
import { Page } from '../ui/Page.tsx'

/** What a newcomer is told of who pays, before they try. */
const PAYS = { nobody: 'join.pays.nobody', invited: 'join.pays.invited', anybody: 'join.pays.anybody' } as const

/** How a newcomer joins: they sign up with an organisation, it vouches for them, and their keys are published. */
export function Join({ newcomer }: { newcomer: Patient }) {
  const { say } = useWords()
  const { session, recogniseAnew, announce } = usePortal()
  const { aegle, settings } = session
  const { id } = newcomer.account
  const found = useLoad(() => registrationOf(aegle, id), [session, newcomer])
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const pays = aegle.relayer?.newcomers ?? 'nobody'

  // Who signs out ends what was begun.
  const followed = { onTransaction: setStatus, signal: aegle.ended }

  /** Does something that the server pays for where it does. */
  const act = (action: (connection: Aegle) => Promise<void>, isPaid: boolean) =>
    run(async () => {
      setStatus(undefined)
      if (!isPaid) return await action(aegle)
      const paid = await connectTo(settings, true)
      try {
        await action(paid)
      } finally {
        await paid.disconnect()
      }
    })
  const signUp = (organisation: number, invitation: Hex | undefined) =>
    act(async (connection) => {
      await register(connection, { as: newcomer, organisation, ...(invitation ? { invitation } : {}), ...followed })
      announce(say('join.signedUp', { organisation }))
      found.again()
    }, pays === 'anybody' || (pays === 'invited' && invitation !== undefined))
  const publish = () =>
    act(async (connection) => {
      const { recovery } = session.person
      // First, so that whoever has joined has it.
      if (recovery) await nameRecoveryKey(connection, { patient: newcomer, recovery, ...followed })
      await publishKeys(connection, { of: newcomer, ...followed })
      await recogniseAnew()
      announce(say('join.done'))
    }, aegle.relayer !== undefined)
  return (
    <Page title={say('join.title')}>
      <p>{say('join.intro')}</p>
      <p>{say('join.code')}</p>
      <p class="code">{ss58(id)}</p>
      <Loading of={found}>
        {(registration) => (
          <>
            {registration.state === 'none' && (
              <>
                <p class="notice">{say(PAYS[pays])}</p>
                <SignUp {...{ aegle, newcomer, busy }} isInvited={pays === 'invited'} onSignUp={signUp} />
              </>
            )}
            {registration.state === 'waits' && (
              <p class="notice strong">
                {registration.organisation === null ? say('join.waitsForNobody') : say('join.waits', { organisation: registration.organisation })}
              </p>
            )}
            {registration.state === 'vouched' && (
              <>
                <p class="notice">{say('join.vouched')}</p>
                <div class="row">
                  <button type="button" class="main" disabled={busy} onClick={publish}>
                    {say('join.publish')}
                  </button>
                </div>
              </>
            )}
          </>
        )}
      </Loading>
      {busy && <Waiting>{say(status ? (`status.${status}` as MessageKey) : 'status.preparing')}</Waiting>}
      {error !== undefined && <Failure error={error} />}
      <LookAgain onLook={found.again} />
    </Page>
  )
}

interface SignUpParameters {
  readonly aegle: Aegle
  readonly newcomer: Patient
  readonly busy: boolean
  /** Whether the server pays for who has an invitation alone. */
  readonly isInvited: boolean
  readonly onSignUp: (organisation: number, invitation: Hex | undefined) => void
}

/** Asks for an invitation, which names its organisation, or for an organisation. */
function SignUp({ aegle, newcomer, busy, isInvited, onSignUp }: SignUpParameters) {
  const { say } = useWords()
  const { error, run } = useDoing()
  const [text, setText] = useState('')
  const [organisation, setOrganisation] = useState('')
  const pasted = text.trim()
  const go = () =>
    run(async () => {
      if (pasted === '') return onSignUp(Number(organisation), undefined)
      // What does not count is said before anything is signed.
      const read = readInvitation(aegle, { invitation: pasted, patient: newcomer.account.id })
      onSignUp(read.organisation, read.invitation)
    })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        go()
      }}
    >
      {isInvited && (
        <>
          <label for="invitation">{say('join.invitation')}</label>
          <p class="hint" id="invitation-hint">
            {say('join.invitation.hint')}
          </p>
          <textarea
            id="invitation"
            class="code"
            rows={5}
            autocomplete="off"
            spellcheck={false}
            aria-describedby="invitation-hint"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </>
      )}
      {pasted === '' && <NumberField id="join-organisation" label={say('propose.organisation')} text={organisation} onText={setOrganisation} />}
      {error !== undefined && <Failure error={error} />}
      <div class="row">
        <button type="submit" class="main" disabled={busy}>
          {say('join.button')}
        </button>
      </div>
    </form>
  )
}
