import type { MessageKey } from '../i18n.ts'
import { documentTexts } from './documents.ts'
import {
  address,
  concept,
  concepts,
  field,
  Fields,
  type Json,
  list,
  notes,
  period,
  personName,
  quantity,
  range,
  reference,
  textOf,
} from './fields.ts'
import { narrativeText } from './narrative.ts'

/** One line of a card: what it is, and what stands there. */
export interface Line {
  readonly label: MessageKey
  readonly value: string
}

/** A row of measured values. */
export interface Value {
  readonly name: string
  readonly value: string
  readonly normal: string | undefined
  /** The code by which its author judges it, such as `H`. */
  readonly judged: string | undefined
}

/** What is shown of a record. */
export interface Card {
  /** The resource type. */
  readonly type: string
  /** What it is about; nothing where the record does not say. */
  readonly title: string | undefined
  /** The main value in a few words, for a list. */
  readonly summary: string | undefined
  readonly lines: readonly Line[]
  readonly values: readonly Value[]
  /** Texts to be read: documents, notes, conclusions. */
  readonly texts: readonly string[]
  /** What the record has and the card does not show, by the names of FHIR. */
  readonly hidden: readonly string[]
}

/** What no card shows, because it says nothing of a person’s health: names for machines, and what is said elsewhere. */
const TECHNICAL = ['resourceType', 'id', 'meta', 'implicitRules', 'language', 'identifier', 'subject', 'patient', 'contained']

/** What a field says, in the forms in which FHIR writes values. */
function plain(value: Json): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) {
    const parts = value.map(plain).filter((part) => part !== undefined)
    return parts.length === value.length && parts.length > 0 ? parts.join(', ') : undefined
  }
  return concept(value) ?? quantity(value) ?? range(value) ?? period(value) ?? reference(value)
}

/** The value of an observation or a component: `value[x]` in the forms that are shown. */
function valueOf(fields: Fields): string | undefined {
  for (const name of ['valueQuantity', 'valueCodeableConcept', 'valueString', 'valueInteger', 'valueBoolean', 'valueRange', 'valueDateTime', 'valueTime', 'valuePeriod']) {
    const value = fields.take(name, plain)
    if (value !== undefined) return value
  }
  return fields.take('valueRatio', ratio) ?? fields.take('dataAbsentReason', concept)
}

function ratio(value: Json): string | undefined {
  const [top, bottom] = [quantity(field(value, 'numerator')), quantity(field(value, 'denominator'))]
  return top && bottom ? `${top} / ${bottom}` : undefined
}

function measured(name: string | undefined, fields: Fields): Value | undefined {
  const value = valueOf(fields)
  if (value === undefined) return undefined
  const ranges = fields.list('referenceRange').map((one) => range(one) ?? textOf(one, 'text'))
  return {
    name: name ?? '',
    value,
    normal: ranges.find(Boolean),
    judged: list(field(fields.list('interpretation')[0], 'coding')).map((coding) => textOf(coding, 'code')).find(Boolean),
  }
}

/** The labels of fields that mean the same in every kind of record, in the order in which they are shown. */
const LINES: readonly (readonly [name: string, label: MessageKey])[] = [
  ['status', 'field.status'],
  ['clinicalStatus', 'field.clinicalStatus'],
  ['verificationStatus', 'field.verificationStatus'],
  ['criticality', 'field.criticality'],
  ['severity', 'field.severity'],
  ['category', 'field.category'],
  ['type', 'field.type'],
  ['class', 'field.class'],
  ['intent', 'field.intent'],
  ['priority', 'field.priority'],
  ['effectiveDateTime', 'field.date'],
  ['effectivePeriod', 'field.date'],
  ['performedDateTime', 'field.date'],
  ['performedPeriod', 'field.date'],
  ['occurrenceDateTime', 'field.date'],
  ['onsetDateTime', 'field.onset'],
  ['onsetString', 'field.onset'],
  ['abatementDateTime', 'field.end'],
  ['recordedDate', 'field.recorded'],
  ['authoredOn', 'field.recorded'],
  ['issued', 'field.recorded'],
  ['date', 'field.recorded'],
  ['period', 'field.period'],
  ['bodySite', 'field.bodySite'],
  ['method', 'field.method'],
  ['reasonCode', 'field.reason'],
  ['reasonReference', 'field.reason'],
  ['indication', 'field.reason'],
  ['outcome', 'field.outcome'],
  ['lotNumber', 'field.lot'],
  ['doseQuantity', 'field.dose'],
  ['lifecycleStatus', 'field.status'],
  ['startDate', 'field.date'],
  ['relationship', 'field.relationship'],
  ['site', 'field.bodySite'],
  ['route', 'field.method'],
  ['birthDate', 'field.birthDate'],
  ['gender', 'field.gender'],
  ['dateTime', 'field.recorded'],
  ['performer', 'field.by'],
  ['participant', 'field.by'],
  ['orderer', 'field.by'],
  ['recorder', 'field.by'],
  ['requester', 'field.by'],
  ['author', 'field.by'],
  ['asserter', 'field.by'],
  ['serviceProvider', 'field.by'],
]

/** Where each kind of record says what it is about, the first that says something. */
const TITLES = ['code', 'vaccineCode', 'medicationCodeableConcept', 'medicationReference', 'title', 'type', 'category', 'description', 'serviceType', 'class']

function titleOf(resource: Fields, type: string): string | undefined {
  if (type === 'Patient') return resource.take('name', (names) => personName(list(names)[0]))
  for (const name of TITLES) {
    const value = resource.take(name, plain)
    if (value !== undefined) return value
  }
  return undefined
}

/** Where a patient lives and can be reached. */
function contacts(resource: Fields): Line[] {
  const home = resource.take('address', (addresses) => address(list(addresses)[0]))
  const ways = list(resource.get('telecom')).map((way) => textOf(way, 'value')).filter((way) => way !== undefined)
  return [
    ...(home === undefined ? [] : [{ label: 'field.address', value: home } as const]),
    ...(ways.length === 0 ? [] : [{ label: 'field.telecom', value: ways.join(', ') } as const]),
  ]
}

function dosage(resource: Fields): Line[] {
  const doses = [...resource.list('dosageInstruction'), ...resource.list('dosage')]
  const texts = doses.map((dose) => textOf(dose, 'text')).filter((text) => text !== undefined)
  return texts.length > 0 ? [{ label: 'field.dosage', value: texts.join('; ') }] : []
}

function reactions(resource: Fields): Line[] {
  const said = concepts(resource.list('reaction').flatMap((one) => list(field(one, 'manifestation'))))
  return said === undefined ? [] : [{ label: 'field.reaction', value: said }]
}

/** A narrative that says more than the fields; one that was made of them is shown where they say nothing here. */
function narrated(narrative: Json, isBare: boolean): string[] {
  const div = textOf(narrative, 'div')
  const isMade = textOf(narrative, 'status') === 'generated'
  return div === undefined || (isMade && !isBare) ? [] : [narrativeText(div)]
}

/** Makes the card of a FHIR resource. */
export function cardOf(json: Json): Card {
  const resource = new Fields(json)
  for (const name of TECHNICAL) resource.get(name)
  const type = textOf(json, 'resourceType') ?? '?'
  const narrative = resource.get('text')
  const title = titleOf(resource, type)
  const own = measured(title, resource)
  const components = resource.list('component').map((component) => {
    const fields = new Fields(component)
    const name = fields.take('code', concept)
    return { name, value: measured(name, fields) }
  })
  const values = [own, ...components.map(({ value }) => value)].filter((value) => value !== undefined)
  const valueless = components.flatMap(({ name, value }) => (value === undefined ? [`component (${name ?? '?'})`] : []))
  const lines = LINES.flatMap(([name, label]): Line[] => {
    const value = resource.take(name, plain)
    return value === undefined || value === title ? [] : [{ label, value }]
  })
  const told = [...lines, ...dosage(resource), ...reactions(resource), ...(type === 'Patient' ? contacts(resource) : [])]
  const documents = documentTexts(resource, type)
  const said = [resource.take('description', plain), resource.take('conclusion', plain)]
  const texts = [...said.filter((text): text is string => text !== undefined && text !== title), ...notes(resource.list('note')), ...documents.texts]
  texts.push(...narrated(narrative, title === undefined && values.length === 0 && texts.length === 0))
  const summary = values[0]?.value ?? told.find(({ label }) => label === 'field.dosage')?.value
  return { type, title, summary, lines: told, values, texts, hidden: [...resource.unread(), ...valueless, ...documents.hidden] }
}
