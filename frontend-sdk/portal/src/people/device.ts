import { type KeyStore, openKeyStore } from '@aegle/sdk'
import type { Keys } from './words.ts'

/** What stands between the kind of keys and a person’s name. */
const KINDS = { patient: 'patient/', reader: 'reader/' } as const
/** The longest name: the key store has 64 characters for kind and name. */
export const MAX_NAME_LENGTH = 50

/** The people whose keys this device keeps. */
export async function namesOnDevice(): Promise<string[]> {
  return await withStore(async (store) => {
    const names = await store.names()
    const ours = names.filter((name) => name.startsWith(KINDS.reader)).map((name) => name.slice(KINDS.reader.length))
    return ours.filter((name) => names.includes(KINDS.patient + name))
  })
}

/**
 * Keeps somebody’s keys on this device, wrapped by a key that no script can read.
 *
 * @throws `key-exists` when there is somebody of that name, `key-store`
 */
export async function keepOnDevice(name: string, { patient, reader }: Keys): Promise<void> {
  await withStore((store) => store.saveTogether({ [KINDS.patient + name]: patient, [KINDS.reader + name]: reader }))
}

/** The keys of somebody on this device. */
export async function keysOnDevice(name: string): Promise<Keys> {
  return await withStore(async (store) => ({
    patient: await store.loadPatient(KINDS.patient + name),
    reader: await store.loadReader(KINDS.reader + name),
    recovery: undefined,
  }))
}

/** Forgets somebody’s keys on this device. */
export async function forgetOnDevice(name: string): Promise<void> {
  await withStore((store) => store.remove(KINDS.patient + name, KINDS.reader + name))
}

async function withStore<T>(use: (store: KeyStore) => Promise<T>): Promise<T> {
  const store = await openKeyStore()
  try {
    return await use(store)
  } finally {
    store.close()
  }
}
