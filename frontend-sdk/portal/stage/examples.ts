import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Larger files are definitions and not records. */
const MAX_FILE_BYTES = 400_000
/** What is about money, logistics or law, and not about health. */
const NOT_CLINICAL = /^(Account|Appointment|AuditEvent|Basic|ChargeItem|Claim|Consent|Contract|Coverage|Enrollment|ExplanationOf|Group|Invoice|MeasureReport|Person|Provenance|RelatedPerson|ResearchSubject|SupplyRequest|Task)/

export interface Resource {
  readonly resourceType: string
  readonly id?: string
  readonly [field: string]: unknown
}

/** The folder of the HL7 FHIR R4 examples, which `scripts/examples.sh` fetches. */
function folder(): string {
  const cache = process.env['AEGLE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'aegle')
  return join(cache, 'hl7.fhir.r4.examples-4.0.1/package')
}

function isObject(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && 'resourceType' in value
}

/** The resources in a file, those of bundles one by one. */
function unpacked(value: unknown): Resource[] {
  if (!isObject(value)) return []
  if (value.resourceType !== 'Bundle') return [value]
  const entries = (value['entry'] ?? []) as { resource?: unknown }[]
  return entries.flatMap(({ resource }) => unpacked(resource))
}

function patientOf(resource: Resource): string | undefined {
  if (resource.resourceType === 'Patient') return resource.id
  const named = (resource['subject'] ?? resource['patient']) as { reference?: unknown } | undefined
  const reference = typeof named?.reference === 'string' ? named.reference : ''
  return reference.startsWith('Patient/') ? reference.slice('Patient/'.length) : undefined
}

/** Every clinical resource of some patients of the examples, each once, by patient. */
export async function charts(patients: readonly string[]): Promise<Map<string, Resource[]>> {
  const found = new Map<string, Map<string, Resource>>(patients.map((patient) => [patient, new Map()]))
  const names = (await readdir(folder())).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
  for (const name of names.sort()) {
    const text = await readFile(join(folder(), name), 'utf8')
    if (text.length > MAX_FILE_BYTES || !text.includes('Patient')) continue
    for (const resource of unpacked(JSON.parse(text))) {
      const chart = found.get(patientOf(resource) ?? '')
      const known = `${resource.resourceType}/${resource.id}`
      if (chart && !NOT_CLINICAL.test(resource.resourceType) && !chart.has(known)) chart.set(known, resource)
    }
  }
  return new Map([...found].map(([patient, chart]) => [patient, [...chart.values()]]))
}
