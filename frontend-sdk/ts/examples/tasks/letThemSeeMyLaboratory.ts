import { type Aegle, grant, type Patient } from '@aegle/sdk'

/** "Let Dr X see my laboratory results until Friday." */
export async function letThemSeeMyLaboratory(aegle: Aegle, me: Patient, doctor: string): Promise<number> {
  const until = new Date()
  until.setHours(24, 0, 0, 0)
  while (until.getDay() !== 6) until.setDate(until.getDate() + 1)
  const { grant: number } = await grant(aegle, { patient: me, to: doctor, purposes: ['TREAT'], classes: ['laboratory'], until })
  return number
}
