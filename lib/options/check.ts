import { ConfigurationError } from '../errors.ts'
import { parseReturnPath } from '../return-path.ts'

const plainPath = /^(\/[A-Za-z0-9._~-]+)*$/

/** Refuses an option by its name. The problem goes on from the name: `"secret" is missing. …` */
export function refuse (option: string, problem: string): never {
  throw new ConfigurationError(`"${option}" ${problem}`)
}

export function assertObject (value: unknown, option: string): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(option, 'must be an object.')
}

/** Also refuses what is planned but not built: an option never does nothing in silence. */
export function assertKnownKeys (value: object, known: readonly string[], option = ''): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    refuse(option === '' ? key : `${option}.${key}`, `is not an option. The options here are ${known.join(', ')}.`)
  }
}

export function assertText (value: unknown, option: string): asserts value is string {
  if (typeof value !== 'string' || value === '') refuse(option, 'must be a text that is not empty.')
}

export function assertBoolean (value: unknown, option: string): asserts value is boolean {
  if (typeof value !== 'boolean') refuse(option, 'must be true or false.')
}

export function assertFunction (value: unknown, option: string): void {
  if (typeof value !== 'function') refuse(option, 'must be a function.')
}

export function assertOneOf (value: unknown, values: readonly unknown[], option: string): void {
  if (!values.includes(value)) refuse(option, `must be one of ${values.map(value => JSON.stringify(value)).join(', ')}.`)
}

export function assertWholeNumber (
  value: unknown, least: number, most: number, option: string
): asserts value is number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    refuse(option, `must be a whole number from ${least} to ${most}.`)
  }
}

/** Whether browsers, proxies and Fastify's router read a path the same way. An empty one is the root. */
export function isPlainPath (path: unknown): path is string {
  return typeof path === 'string' && plainPath.test(path) && parseReturnPath(`${path}/`) === `${path}/`
}

export function assertTexts (value: unknown, option: string): asserts value is readonly string[] {
  if (!Array.isArray(value)) refuse(option, 'must be a list of texts.')
  value.forEach((text: unknown, index) => assertText(text, `${option}[${index}]`))
}
