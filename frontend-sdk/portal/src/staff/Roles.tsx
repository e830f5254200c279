import type { RoleName } from '@aegle/sdk'
import { type MessageKey, useWords } from '../i18n.ts'

interface RolesParameters {
  readonly roles: readonly RoleName[]
  readonly chosen: readonly RoleName[]
  readonly onChoose: (chosen: readonly RoleName[]) => void
}

/** Roles to choose from. */
export function Roles({ roles, chosen, onChoose }: RolesParameters) {
  const { say } = useWords()
  return (
    <fieldset>
      <legend>{say('appoint.roles')}</legend>
      {roles.map((role) => (
        <label key={role} class="choice">
          <input
            type="checkbox"
            checked={chosen.includes(role)}
            onChange={(event) => {
              const on = event.currentTarget.checked
              onChoose(roles.filter((one) => (one === role ? on : chosen.includes(one))))
            }}
          />
          {say(`staff.gets.${role}` as MessageKey)}
        </label>
      ))}
    </fieldset>
  )
}
