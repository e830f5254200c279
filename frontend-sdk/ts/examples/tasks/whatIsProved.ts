import { type Aegle, type Patient, type Reader, verify } from '@aegle/sdk'

/** "Is this record what the hospital filed then, and does it still count?" */
export async function whatIsProved(aegle: Aegle, me: Patient | Reader, record: string): Promise<string> {
  const { anchored, block, fate, unverified } = await verify(aegle, { by: me, record })
  const where = block ? `block ${block.number}` : 'a block that was not found'
  const when = anchored?.anchor.at.toISOString() ?? 'a time that is not known'
  return `anchored in ${where} at ${when}, ${fate.kind}; not verified: ${unverified.map(({ what }) => what).join(', ')}`
}
