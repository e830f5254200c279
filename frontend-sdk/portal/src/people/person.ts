import type { Aegle, Hex, Patient, Reader } from '@aegle/sdk'
import { isOfCommittee, type Role, rolesOf } from '../chain/roles.ts'
import { publishedKey } from '../chain/directory.ts'
import { forgetKeys, type Keys } from './words.ts'

/** Somebody who is signed in: as a patient, as a member of an organisation, or both. */
export interface Person {
  /** Their keys as a patient, where the directory has them. */
  readonly patient: Patient | undefined
  /** Their keys as a patient who is about to join: the directory does not have them yet. */
  readonly newcomer: Patient | undefined
  /** Their keys as a reader of others’ records, where they have a role or the directory has their key. */
  readonly reader: Reader | undefined
  /** The account of the recovery key of their words, where they signed in by them. */
  readonly recovery: Hex | undefined
  /** What the chain says they may do, in each of their organisations. */
  readonly roles: readonly Role[]
  /** Whether they are of the committee of the consortium. */
  readonly committee: boolean
  /** Clears all keys from memory. */
  forget(): void
}

/** What the chain knows of the holder of keys. Whom it does not know as a patient is a newcomer, where they say so. */
export async function recognise(aegle: Aegle, keys: Keys, isNew: boolean): Promise<Person> {
  const { patient, reader } = keys
  const [asPatient, asReader, roles, committee] = await Promise.all([
    publishedKey(aegle, patient.account.id),
    publishedKey(aegle, reader.account.id),
    rolesOf(aegle, reader.account.id),
    isOfCommittee(aegle, reader.account.id),
  ])
  const isPatient = asPatient === patient.keys.encryptionKey(aegle.deployment)
  const isReader = asReader === reader.keys.encryptionKey
  return {
    patient: isPatient ? patient : undefined,
    newcomer: isNew && !isPatient ? patient : undefined,
    // Who votes needs no key that grants are sealed to.
    reader: isReader || committee ? reader : undefined,
    recovery: keys.recovery,
    roles: isReader ? roles : [],
    committee,
    forget: () => forgetKeys(keys),
  }
}

/** What the chain knows now of somebody who is signed in as a reader, or has just joined. */
export async function recogniseAnew(aegle: Aegle, person: Person): Promise<Person> {
  const { reader, newcomer } = person
  if (newcomer && (await publishedKey(aegle, newcomer.account.id)) === newcomer.keys.encryptionKey(aegle.deployment)) {
    return { ...person, patient: newcomer, newcomer: undefined }
  }
  if (!reader) return person
  const [roles, committee] = await Promise.all([rolesOf(aegle, reader.account.id), isOfCommittee(aegle, reader.account.id)])
  return { ...person, roles, committee }
}
