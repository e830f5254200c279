import { acceptRole, type Reader, renounceRole, type TransactionStatus } from '@aegle/sdk'
import { useState } from 'preact/hooks'
import type { Role } from '../chain/roles.ts'
import { useWords } from '../i18n.ts'
import { usePortal } from '../session.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { DialogButtons } from '../ui/DialogButtons.tsx'
import { useDoing } from '../ui/load.ts'

/** What somebody does about a role of their own. */
export type RoleChange = 'accept' | 'decline' | 'give-back'

/** What is said of each: the question, what follows, the button, and the end. */
const SAID = {
  accept: { title: 'own.accept.title', text: 'own.accept.text', button: 'own.accept.button', done: 'own.accepted' },
  decline: { title: 'own.decline.title', text: 'own.decline.text', button: 'own.decline.button', done: 'own.declined' },
  'give-back': { title: 'own.giveBack.title', text: 'own.giveBack.text', button: 'own.giveBack.button', done: 'own.gaveBack' },
} as const

interface RoleDialogParameters {
  readonly reader: Reader
  readonly change: RoleChange
  readonly role: Role
  /** What the role is, in the words of the list. */
  readonly told: string
  readonly onClose: () => void
  /** Told what was done, in a sentence. */
  readonly onDone: (told: string) => void
}

/** Says what follows, and accepts a role, declines it, or gives it back. */
export function RoleDialog({ reader, change, role, told, onClose, onDone }: RoleDialogParameters) {
  const { say } = useWords()
  const { session, announce } = usePortal()
  const { busy, error, run } = useDoing()
  const [status, setStatus] = useState<TransactionStatus>()
  const { organisation, names } = role
  const { title, text, button, done } = SAID[change]
  const go = () =>
    run(async () => {
      const wish = { by: reader, organisation, onTransaction: setStatus }
      await (change === 'accept' ? acceptRole(session.aegle, wish) : renounceRole(session.aegle, wish))
      const sentence = say(done, { organisation })
      announce(sentence)
      onDone(sentence)
    })
  return (
    <Dialog title={say(title, { organisation })} onClose={onClose} busy={busy}>
      <p class="sentence">{told}</p>
      <p>{say(text, { organisation })}</p>
      {change === 'give-back' && names.includes('organisation-admin') && <p class="notice strong">{say('own.lastAdmin')}</p>}
      <DialogButtons
        label={say(button)}
        danger={change !== 'accept'}
        uncertain={say('own.uncertain')}
        onConfirm={go}
        {...{ busy, status, error, onClose }}
      />
    </Dialog>
  )
}
