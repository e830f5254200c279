import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import de from './messages/de.json' with { type: 'json' }
import en from './messages/en.json' with { type: 'json' }

/** The name of a message. */
export type MessageKey = keyof typeof en
/** The languages of the portal. */
export type Language = 'en' | 'de'
/** Names of messages that have one form for one thing and another for any other number. */
export type CountedKey = MessageKey extends infer Key ? (Key extends `${infer Name}.one` ? Name : never) : never
/** What is put into a message. */
export type Values = { readonly [name: string]: string | number }

const MESSAGES: { readonly [language in Language]: { readonly [key in MessageKey]: string } } = { en, de }

/** Everything that is said in one language. */
export interface Words {
  readonly language: Language
  /** A message, with values put in for what it has in braces. */
  say(key: MessageKey, values?: Values): string
  /** A message that counts something, in the form that its number takes. */
  count(key: CountedKey, number: number, values?: Values): string
  /** A message by a name that may be none, such as a code of FHIR; nothing without one. */
  known(key: string): string | undefined
  date(date: Date): string
  dateTime(date: Date): string
  list(parts: readonly string[]): string
  /** A decimal number, exactly as it is, with two places at least. */
  amount(decimal: string): string
}

/** From which year on a date stands for something that does not end. */
const NO_END_YEAR = 9_999

/** What is said in a language. */
export function wordsIn(language: Language): Words {
  const messages = MESSAGES[language]
  const plurals = new Intl.PluralRules(language)
  const dates = new Intl.DateTimeFormat(language, { dateStyle: 'long' })
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' })
  const lists = new Intl.ListFormat(language)
  const numbers = new Intl.NumberFormat(language)
  const amounts = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 6 })
  const say = (key: MessageKey, values: Values = {}) =>
    messages[key].replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name]
      if (value === undefined) return whole
      return typeof value === 'number' ? numbers.format(value) : value
    })
  return {
    language,
    say,
    count: (key, number, values) => {
      const form = plurals.select(number) === 'one' ? 'one' : 'other'
      return say(`${key}.${form}` as MessageKey, { ...values, count: number })
    },
    known: (key) => (Object.hasOwn(messages, key) ? messages[key as MessageKey] : undefined),
    date: (date) => (date.getUTCFullYear() < NO_END_YEAR ? dates.format(date) : say('date.noEnd')),
    dateTime: (date) => (date.getUTCFullYear() < NO_END_YEAR ? times.format(date) : say('date.noEnd')),
    list: (parts) => lists.format(parts),
    // A text is formatted by its digits, and not rounded to what a binary number holds.
    amount: (decimal) => amounts.format(decimal as Intl.StringNumericLiteral),
  }
}

/** The language of a browser, English where the portal does not have it. */
export function languageOf(languages: readonly string[]): Language {
  const known = languages.map((language) => language.slice(0, 2)).find((language) => Object.hasOwn(MESSAGES, language))
  return (known ?? 'en') as Language
}

/** The words of the language that was chosen. */
export const Spoken = createContext<Words>(wordsIn('en'))

/** Returns the words of the language that was chosen. */
export const useWords = () => useContext(Spoken)
