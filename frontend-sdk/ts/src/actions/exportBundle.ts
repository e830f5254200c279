import { entryTexts, isFhir, outcomeText } from '../bundle.ts'
import type { Aegle } from '../session.ts'
import { checkLeftOut, type ExportParameters, exportRecords, type ExportSummary, type LeftOut } from './exportRecords.ts'

/**
 * Exports records as a FHIR R4 Bundle of the type `collection`, in parts of its text, so that one record is in memory at a time.
 * Each resource stands in it as it was sealed, to the byte, and after it a `Provenance` with what verifies it: the record, its
 * domain, batch, number and leaf, the root that was anchored, the block, and what became of it. The last entry is an
 * `OperationOutcome` that says how many there are, whether the indexer has proved that these are all, and of each record that was
 * left out which it is and why. Returns the summary at its end; a Bundle whose export fails has no end, and is no JSON.
 *
 * @throws what {@link exportRecords} throws
 */
export async function* exportBundle(aegle: Aegle, parameters: ExportParameters): AsyncGenerator<string, ExportSummary> {
  const notFhir: LeftOut[] = []
  let [records, bytes, leftOut] = [0, 0, 0]
  yield `{"resourceType":"Bundle","type":"collection","timestamp":"${new Date().toISOString()}","entry":[`
  const items = exportRecords(aegle, parameters)
  try {
    for (;;) {
      const { value, done } = await items.next()
      if (done) {
        const summary = { ...value, records, bytes, leftOut: [...value.leftOut, ...notFhir] }
        yield `${outcomeText(summary)}]}\n`
        return summary
      }
      if (value.kind === 'left-out') {
        leftOut += 1
        checkLeftOut(leftOut + notFhir.length)
        continue
      }
      const { opened } = value
      if (isFhir(opened)) {
        records += 1
        bytes += opened.content.length
        yield* entryTexts(aegle.contracts, value)
      } else {
        const { record, batch, number, mediaType } = opened
        notFhir.push({ record, batch, number, reason: 'not-fhir', sentence: `the record is no FHIR resource, and its media type is ${mediaType}` })
        checkLeftOut(leftOut + notFhir.length)
      }
    }
  } finally {
    // A caller who takes no more ends the export.
    await items.return({ domain: parameters.domain, query: parameters.query, records, bytes, leftOut: [], complete: false })
  }
}
