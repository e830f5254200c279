/** A part of a FHIR resource in JSON, of which nothing is known yet. */
export type Json = unknown

/** A resource whose fields are read one by one, so that what was not read can be named. */
export class Fields {
  readonly #value: { readonly [name: string]: Json }
  readonly #read = new Set<string>()

  constructor(value: Json) {
    this.#value = isObject(value) ? value : {}
  }

  /** Reads a field. */
  get(name: string): Json {
    this.#read.add(name)
    return this.#value[name]
  }

  /** Reads a field by `reading`; what that makes nothing of counts as not read. */
  take<T>(name: string, reading: (value: Json) => T | undefined): T | undefined {
    const taken = reading(this.#value[name])
    if (taken !== undefined) this.#read.add(name)
    return taken
  }

  /** Reads a field that is a list; an empty one otherwise. */
  list(name: string): readonly Json[] {
    return list(this.get(name))
  }

  /** The names of what is there and was not read. */
  unread(): string[] {
    return Object.keys(this.#value).filter((name) => !this.#read.has(name))
  }
}

/** Whether a part has fields. */
export function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A part as a list; an empty one if it is none. */
export function list(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

/** A field of a part. */
export function field(value: Json, name: string): Json {
  return isObject(value) ? value[name] : undefined
}

/** A field of a part, where it is text. */
export function textOf(value: Json, name: string): string | undefined {
  const found = field(value, name)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** What a concept says to people: its text, or a coding’s display, or its code. */
export function concept(value: Json): string | undefined {
  const codings = list(field(value, 'coding'))
  const display = codings.map((coding) => textOf(coding, 'display')).find(Boolean)
  return textOf(value, 'text') ?? display ?? codings.map((coding) => textOf(coding, 'code')).find(Boolean)
}

/** Several concepts in a row. */
export function concepts(values: readonly Json[]): string | undefined {
  const said = values.map(concept).filter((text) => text !== undefined)
  return said.length > 0 ? said.join(', ') : undefined
}

/** A quantity with its comparator and unit, such as `< 6.3 mmol/l`. */
export function quantity(value: Json): string | undefined {
  const number = field(value, 'value')
  if (typeof number !== 'number') return undefined
  const unit = textOf(value, 'unit') ?? textOf(value, 'code')
  return [textOf(value, 'comparator'), String(number), unit].filter(Boolean).join(' ')
}

/** A range with its units, such as `3.1 – 6.2 mmol/l`; open ends as `≥` and `≤`. */
export function range(value: Json): string | undefined {
  const [low, high] = [quantity(field(value, 'low')), quantity(field(value, 'high'))]
  if (low && high) return `${low} – ${high}`
  if (low) return `≥ ${low}`
  return high && `≤ ${high}`
}

/** A period, as its two ends are written. */
export function period(value: Json): string | undefined {
  const ends = [textOf(value, 'start'), textOf(value, 'end')].filter((end) => end !== undefined)
  return ends.length > 0 ? ends.map((end) => end.slice(0, 10)).join(' – ') : undefined
}

/** Where somebody lives, in one line. */
export function address(value: Json): string | undefined {
  const lines = list(field(value, 'line')).filter((line) => typeof line === 'string')
  const parts = [...lines, textOf(value, 'postalCode'), textOf(value, 'city'), textOf(value, 'country')].filter(Boolean)
  return textOf(value, 'text') ?? (parts.length > 0 ? parts.join(', ') : undefined)
}

/** What a reference, or who takes part by one, is called; nothing where it has a name for machines alone. */
export function reference(value: Json): string | undefined {
  const who = field(value, 'actor') ?? field(value, 'individual')
  return textOf(value, 'display') ?? textOf(who, 'display')
}

/** Annotations, one text each. */
export function notes(values: readonly Json[]): string[] {
  return values.map((note) => textOf(note, 'text')).filter((text) => text !== undefined)
}

/** The name of a person. */
export function personName(value: Json): string | undefined {
  const given = list(field(value, 'given')).filter((name) => typeof name === 'string')
  const parts = [...given, textOf(value, 'family')].filter(Boolean)
  return textOf(value, 'text') ?? (parts.length > 0 ? parts.join(' ') : undefined)
}
