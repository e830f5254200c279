import { nameRecoveryKey, type Patient, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import { recoveryOf } from '../chain/guardians.ts'
import { type MessageKey, useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Failure, Waiting } from '../ui/Failure.tsx'
import { useDoing, useLoad } from '../ui/load.ts'
import { Loading } from '../ui/Loading.tsx'

/** Whether the patient’s 24 words can take back what a thief of their keys does, and how that comes to be. */
export function RecoveryKey({ patient }: { patient: Patient }) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { recovery } = session.person
  const [status, setStatus] = useState<TransactionStatus>()
  const found = useLoad(async () => ({ named: await recoveryOf(session.aegle, patient.account.id) }), [session, patient])
  const { busy, error, run } = useDoing()
  const name = () =>
    run(async () => {
      if (!recovery) return
      await nameRecoveryKey(session.aegle, { patient, recovery, onTransaction: setStatus })
      announce(say('recovery.done'))
      found.again()
    })
  return (
    <section aria-labelledby="recovery">
      <h2 id="recovery">{say('recovery.title')}</h2>
      <p>{say('recovery.text')}</p>
      <Loading of={found}>
        {({ named }) =>
          named !== undefined ? (
            <p class={recovery === undefined || named === recovery ? 'strong' : 'notice strong'}>
              {say(recovery === undefined ? 'recovery.named' : named === recovery ? 'recovery.own' : 'recovery.other')}
            </p>
          ) : (
            <div class="card">
              <p class="sentence">{say('recovery.none')}</p>
              {recovery === undefined ? (
                <p>{say('recovery.signIn')}</p>
              ) : (
                <button type="button" class="main" disabled={busy} onClick={name}>
                  {say('recovery.button')}
                </button>
              )}
              {busy && <Waiting>{say(status ? (`status.${status}` as MessageKey) : 'status.preparing')}</Waiting>}
              {error !== undefined && <Failure error={error} />}
            </div>
          )
        }
      </Loading>
    </section>
  )
}
