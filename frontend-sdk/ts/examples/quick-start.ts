import { readFile } from 'node:fs/promises'
import { accountFromSeed, connect, grant, open, patientFromSecret, readerFromSecret, searchAll } from '@aegle/sdk'

const { AEGLE_HOME: home, AEGLE_CHAIN_URL: chain, AEGLE_INDEXER_URL: indexer, AEGLE_CUSTODIAN_URL: custodian } = process.env
const key = async (name: string) => Buffer.from(await readFile(`${home}/keys/${name}`, 'utf8'), 'hex')
const addresses = JSON.parse(await readFile(`${home}/addresses.json`, 'utf8'))

const aegle = await connect({ addresses, chain: chain!, indexer: indexer!, custodian: custodian! })
const ana = patientFromSecret(accountFromSeed(await key('ana.account')), await key('ana.master'))
const mia = readerFromSecret(accountFromSeed(await key('mia.account')), await key('mia.encryption'))

const until = new Date(Date.now() + 30 * 24 * 3_600_000)
await grant(aegle, { patient: ana, to: mia.account.id, purposes: ['TREAT'], until })
for await (const { record } of searchAll(aegle, { by: mia, patient: ana.account.id, domain: 1, query: process.argv[2]! })) {
  console.log((await open(aegle, { by: mia, record, patient: ana.account.id })).text())
}
await aegle.disconnect()
