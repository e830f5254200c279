import type { ExportedRecord, LeftOutReason, ExportSummary } from './actions/exportRecords.ts'
import type { Opened } from './actions/open.ts'
import type { Aegle } from './session.ts'

/** The media type of a FHIR resource in JSON. */
const FHIR = 'application/fhir+json'
/** Who has part in a Provenance, as FHIR codes it. */
const PARTICIPANTS = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type'
/** What identifiers and extensions of Aegle are named by; docs/from-a-dapp.md lists them. */
const URN = 'urn:aegle:'

/** How an issue says why a record is left out (FHIR IssueSeverity and IssueType). */
const ISSUES: { readonly [reason in LeftOutReason]: { readonly severity: 'warning' | 'error'; readonly code: string } } = {
  'not-permitted': { severity: 'warning', code: 'forbidden' },
  unavailable: { severity: 'warning', code: 'transient' },
  'false-answer': { severity: 'error', code: 'security' },
  'not-fhir': { severity: 'warning', code: 'not-supported' },
}

/** Whether a record is a FHIR resource: by its media type, and by what it is. */
export function isFhir(opened: Pick<Opened, 'mediaType' | 'json'>): boolean {
  if (opened.mediaType.split(';')[0]?.trim() !== FHIR) return false
  try {
    const resource = opened.json() as { resourceType?: unknown } | null
    return typeof resource?.resourceType === 'string'
  } catch {
    return false
  }
}

/** The address of a record in a Bundle: its 16 bytes as a UUID. */
export function fullUrl(record: string): string {
  const digits = record.replace(/^0x/, '')
  return `urn:uuid:${digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`
}

const text = (url: string, valueString: string) => ({ url, valueString })
const number = (url: string, valueUnsignedInt: number) => ({ url, valueUnsignedInt })
const agent = (code: string, system: string, value: string) => ({
  type: { coding: [{ system: PARTICIPANTS, code }] },
  who: { identifier: { system: `${URN}${system}`, value } },
})

/** What verifies a record, and where it comes from. */
function provenance(contracts: Aegle['contracts'], item: ExportedRecord & { kind: 'record' }): object {
  const { opened, block, fate } = item
  const { anchor } = opened
  const replaced = fate.kind === 'superseded' ? [number('by-batch', fate.by.batch), number('by-number', fate.by.number)] : []
  return {
    resourceType: 'Provenance',
    extension: [
      {
        url: `${URN}anchor`,
        extension: [
          text('genesis', contracts.genesis),
          text('ledger', contracts.ledger),
          text('patient', opened.patient),
          number('domain', opened.domain),
          number('batch', opened.batch),
          number('number', opened.number),
          text('leaf', opened.leaf),
          text('root', anchor.root),
          ...(block ? [number('block', block.number), text('block-hash', block.hash)] : []),
        ],
      },
      { url: `${URN}fate`, extension: [{ url: 'kind', valueCode: fate.kind }, ...replaced] },
    ],
    target: [{ reference: fullUrl(opened.record) }],
    recorded: anchor.at.toISOString(),
    agent: [agent('author', 'account', opened.author), agent('custodian', 'organisation', String(anchor.custodian))],
    entity: [{ role: 'source', what: { identifier: { system: `${URN}record`, value: opened.record } } }],
  }
}

/** The entries of a record, each with a comma after it: the resource as it was sealed, and what verifies it. */
export function* entryTexts(contracts: Aegle['contracts'], item: ExportedRecord & { kind: 'record' }): Generator<string, void> {
  yield `{"fullUrl":"${fullUrl(item.opened.record)}","resource":`
  yield item.opened.text()
  yield `},{"resource":${JSON.stringify(provenance(contracts, item))}},`
}

/** The last entry: what the Bundle has, and what it has not. */
export function outcomeText({ domain, query, records, leftOut, complete }: ExportSummary): string {
  // Of all that there are nothing can be proved: every type of FHIR R4 was asked for.
  const others = query === undefined ? 'no other of the types of FHIR R4 is found' : 'no other is found'
  const proved = complete ? `the indexer has proved that ${others}` : 'that no other is found is not proved'
  const which = query === undefined ? '' : ` by the query ${query}`
  const summary = `${records} records of search domain ${domain}${which}, and ${leftOut.length} left out; ${proved}`
  const issues = leftOut.map(({ record, reason, sentence }) => ({
    ...ISSUES[reason],
    extension: [text(`${URN}record`, record)],
    details: { coding: [{ system: `${URN}left-out`, code: reason }] },
    diagnostics: `record ${record} is left out: ${sentence}`,
  }))
  const issue = [{ severity: 'information', code: 'informational', diagnostics: summary }, ...issues]
  return JSON.stringify({ resource: { resourceType: 'OperationOutcome', issue } })
}
