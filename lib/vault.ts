import secureSession from '@fastify/secure-session'
import type { FastifyInstance } from 'fastify'
import { hkdfSync } from 'node:crypto'

/** What a sealed text is for. Each purpose has keys of its own, so one kind is never accepted as another. */
export type Purpose =
  'session' | 'ticket' | 'binding' | 'state' | 'logout-state' | 'return-path' | 'tokens' | 'device' | 'program' | 'bearer' | 'broker'

/** What was sealed, and whether a previous secret sealed it. */
export interface Opened {
  readonly payload: unknown
  readonly isStale: boolean
}

/** Seals what leaves for the browser or a store, and opens what comes back. */
export interface Vault {
  /** The payload as base64url text with one dot in it, 4/3 of the size of its JSON and 83 bytes more. */
  seal (purpose: Purpose, payload: object): string
  /** Undefined for whatever was not sealed here, for this purpose, with one of the secrets, unchanged. Never throws. */
  open (purpose: Purpose, text: string): Opened | undefined
}

const PURPOSES: readonly Purpose[] = [
  'session', 'ticket', 'binding', 'state', 'logout-state', 'return-path', 'tokens', 'device', 'program', 'bearer', 'broker'
]
/** Our own times end what is sealed; the package's default would end it after a day. */
const NEVER = 1e9

function deriveKey (secret: Uint8Array, context: string, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `fastify-login/1/${context}/${purpose}`, 32))
}

const NONCE_LENGTH = 32
const spelling = /^[\w-]+\.[\w-]{32}$/
/** What base64url without spare bits can end with, by its length modulo 4: anything, nothing, and these. */
const lastCharacters: ReadonlyArray<string | undefined> = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048']

/**
 * Whether a sealed text is the one spelling of its bytes: base64url has spare bits at its end that a forger could flip
 * (RFC 4648, section 3.5). The nonce has none.
 */
function isCanonical (text: string): boolean {
  if (!spelling.test(text)) return false
  const length = text.length - NONCE_LENGTH - 1
  return lastCharacters[length % 4]?.includes(text.charAt(length - 1)) ?? true
}

const sessionName = (purpose: Purpose): string => `fastify-login-${purpose}`

/**
 * Makes the vault of one plugin instance. `@fastify/secure-session` is registered in a scope without routes, so that
 * its hooks run for nobody and its names meet no names of the application.
 *
 * @param context separates the keys of instances that share a secret
 */
export function createVault (
  fastify: FastifyInstance, secrets: readonly Uint8Array[], context: string
): Promise<Vault> {
  return new Promise((resolve, reject) => {
    async function register (): Promise<void> {
      const vaults: Vault[] = []
      await fastify.register(async function vaultScope (scope) {
        await scope.register(secureSession, PURPOSES.map(purpose => ({
          sessionName: sessionName(purpose),
          key: secrets.map(secret => deriveKey(secret, context, purpose)),
          expiry: NEVER
        })))
        vaults.push(createScopedVault(scope))
      })
      // Not sooner: while that scope loads, whatever is registered next would stand inside it.
      vaults.forEach(vault => resolve(vault))
    }
    register().catch(reject)
  })
}

function createScopedVault (scope: FastifyInstance): Vault {
  function seal (purpose: Purpose, payload: object): string {
    const sealed = scope.encodeSecureSession(scope.createSecureSession({ ...payload }), sessionName(purpose))
    return sealed.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '').replace(';', '.')
  }

  function open (purpose: Purpose, text: string): Opened | undefined {
    if (!isCanonical(text)) return undefined
    const session = scope.decodeSecureSession(text.replace('.', ';'), scope.log, sessionName(purpose))
    if (session === null) return undefined
    return { payload: session.data(), isStale: session.changed }
  }

  return { seal, open }
}
