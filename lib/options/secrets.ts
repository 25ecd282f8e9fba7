import { SecretBytes } from '../secret-text.ts'
import { refuse } from './check.ts'

const LEAST_BYTES = 32
const LEAST_DISTINCT_BYTES = 10
const cure = 'Make one with "npx fastify-login secret" and keep it out of the code.'

/** Secrets that stand in documentation, where everybody can read them. */
const published = [
  'replace-this-with-the-output-of-npx-fastify-login-secret',
  'averylogphrasebiggerthanthirtytwochars',
  'a secret with minimum length of 32 characters'
]

function resolveSecret (secret: unknown, option: string): SecretBytes {
  if (secret === undefined) refuse(option, `is missing. ${cure}`)
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) refuse(option, 'must be a text or bytes.')
  const bytes = Buffer.from(secret)
  if (bytes.length < LEAST_BYTES) refuse(option, `is ${bytes.length} bytes long, but must have at least ${LEAST_BYTES}. ${cure}`)
  if (new Set(bytes).size < LEAST_DISTINCT_BYTES) refuse(option, `has too few different bytes to be random. ${cure}`)
  if (published.includes(bytes.toString())) refuse(option, `is a text from documentation, which everybody knows. ${cure}`)
  return new SecretBytes(bytes)
}

/** The secrets as bytes: the first seals, all open. */
export function resolveSecrets (secret: unknown): readonly [SecretBytes, ...SecretBytes[]] {
  if (!Array.isArray(secret)) return Object.freeze([resolveSecret(secret, 'secret')] as const)
  const [current, ...previous] = secret.map((one: unknown, index) => resolveSecret(one, `secret[${index}]`))
  if (current === undefined) refuse('secret', `is an empty list. ${cure}`)
  return Object.freeze([current, ...previous] as const)
}
