import { open as openFile } from 'node:fs/promises'
import { type Aegle, openStream, type Patient, type Reader } from '@aegle/sdk'

/** Writes a record into a file while it comes. What came of a record that does not verify to its end is dropped. */
export async function saveRecord(aegle: Aegle, by: Patient | Reader, record: string, path: string): Promise<void> {
  await using file = await openFile(path, 'wx')
  await using opened = await openStream(aegle, { by, record })
  try {
    for await (const part of opened.content) await file.writeFile(part)
  } catch (error) {
    await file.truncate()
    throw error
  }
}
