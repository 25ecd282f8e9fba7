import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { ResponseInvalid, StateExpired, StateForeign, StateInvalid } from '../../errors.ts'
import type { FlowName } from '../../options/provider-quirks.ts'
import type { Vault } from '../../vault.ts'
import type { TokenHolder } from '../tokens/token-vault.ts'
import { isPlain, type LoginDemands, packDemands, type SealedDemands, unpackDemands } from './demands.ts'

/** Seconds until a login that was begun must be finished. */
export const TRANSACTION_LIFE = 600

/**
 * The secret that a browser holds in one small cookie. Every login that it begins is bound to it; `code_verifier` and
 * `nonce` are derived from it, so they need not be stored.
 */
export interface Binding {
  readonly secret: Buffer
  /** When it last began a login, in seconds since 1970. */
  readonly at: number
  /** When its latest logins were finished, in seconds since 1970. */
  readonly finished: readonly number[]
}

/** A login under way, sealed in the `state` parameter. Times are seconds since 1970. */
export interface Transaction {
  readonly id: string
  readonly provider: string
  readonly issuer: string
  /** Path of this site to return to; checked again when it is used. */
  readonly returnTo: string
  /** How often this login was begun again because something was lost. */
  readonly attempt: number
  readonly at: number
  /** Digest of the browser's secret. */
  readonly binding: string
  /** The session that this login takes the place of: a callback that comes from another site cannot see its cookie. */
  readonly previous: TokenHolder | undefined
  readonly demands: LoginDemands
  /** The scopes that it asks for. */
  readonly scopes: readonly string[]
  /** The further flow that it is, where it is no sign-in. */
  readonly flow?: FlowName | undefined
}

interface SealedBinding {
  readonly v: 1
  readonly k: string
  readonly t: number
  /** Seconds before `t`: the cookie stays small. */
  readonly f?: readonly number[]
}

interface SealedTransaction {
  readonly v: 1
  readonly d: string
  readonly p: string
  readonly i: string
  readonly r: string
  readonly n: number
  readonly t: number
  readonly b: string
  readonly s?: readonly [handle: string, endsAt: number]
  readonly q?: SealedDemands
  readonly o: readonly string[]
  readonly w?: FlowName
}

/** Text of 32 bytes that only who knows the secret can make, different for each use and login. */
function derive ({ secret }: Pick<Binding, 'secret'>, use: string, id = ''): string {
  return Buffer.from(hkdfSync('sha256', secret, id, `fastify-login/1/${use}`, 32)).toString('base64url')
}

export function createBinding (at: number): Binding {
  return { secret: randomBytes(32), at, finished: [] }
}

export function sealBinding (vault: Vault, { secret, at, finished }: Binding): string {
  const sealed: SealedBinding = {
    v: 1, k: secret.toString('base64url'), t: at, ...(finished.length === 0 ? {} : { f: finished.map(time => at - time) })
  }
  return vault.seal('binding', sealed)
}

/** The secret of a binding cookie that is no older than 10 minutes, or undefined. */
export function openBinding (vault: Vault, text: string | undefined, now: number): Binding | undefined {
  const sealed = text === undefined ? undefined : vault.open('binding', text)?.payload as SealedBinding | undefined
  if (sealed?.v !== 1 || now >= sealed.t + TRANSACTION_LIFE) return undefined
  return { secret: Buffer.from(sealed.k, 'base64url'), at: sealed.t, finished: (sealed.f ?? []).map(age => sealed.t - age) }
}

/** Seconds in which logins that follow one another may be a circle, and how many of them are remembered. */
const CIRCLE = Object.freeze({ seconds: 30, most: 6 })

/** The binding after a login was finished. */
export function withFinished (binding: Binding, now: number): Binding {
  return { ...binding, finished: [...recentLogins(binding, now), now].slice(-CIRCLE.most) }
}

/** When a browser has signed in just now, in seconds since 1970. */
export function recentLogins ({ finished }: Binding, now: number): readonly number[] {
  return finished.filter(at => now < at + CIRCLE.seconds)
}

export function bindingDigest (binding: Binding): string {
  return derive(binding, 'binding')
}

/** RFC 7636, section 4.1: 43 characters with 256 bits. */
export function codeVerifierOf (binding: Binding, id: string): string {
  return derive(binding, 'code_verifier', id)
}

export function nonceOf (binding: Binding, id: string): string {
  return derive(binding, 'nonce', id)
}

/** What the key of a login is made of to which its tokens are bound (RFC 9449). */
export function dpopSecretOf (binding: Pick<Binding, 'secret'>, id: string): string {
  return derive(binding, 'dpop', id)
}

export function newTransactionId (): string {
  return randomBytes(16).toString('base64url')
}

export function sealTransaction (vault: Vault, transaction: Transaction): string {
  const sealed: SealedTransaction = {
    v: 1,
    d: transaction.id,
    p: transaction.provider,
    i: transaction.issuer,
    r: transaction.returnTo,
    n: transaction.attempt,
    t: transaction.at,
    b: transaction.binding,
    ...(transaction.previous === undefined ? {} : { s: [transaction.previous.handle, transaction.previous.endsAt] }),
    ...(isPlain(transaction.demands) ? {} : { q: packDemands(transaction.demands) }),
    o: transaction.scopes,
    ...(transaction.flow === undefined ? {} : { w: transaction.flow })
  }
  return vault.seal('state', sealed)
}

/** The transaction that a state holds, or undefined where this application did not seal it. */
export function openTransaction (vault: Vault, state: string): Transaction | undefined {
  const sealed = vault.open('state', state)?.payload as SealedTransaction | undefined
  if (sealed?.v !== 1) return undefined
  return {
    id: sealed.d,
    provider: sealed.p,
    issuer: sealed.i,
    returnTo: sealed.r,
    attempt: sealed.n,
    at: sealed.t,
    binding: sealed.b,
    previous: sealed.s === undefined ? undefined : { handle: sealed.s[0], endsAt: sealed.s[1] },
    demands: unpackDemands(sealed.q),
    scopes: sealed.o,
    flow: sealed.w
  }
}

interface ProviderName {
  readonly name: string
  readonly issuer: string
}

/**
 * Whether a transaction belongs to this browser, this provider and this hour.
 *
 * @throws StateForeign, StateInvalid, StateExpired, and ResponseInvalid where the answer came to the address of another
 *   provider (RFC 9700, section 4.4)
 */
export function assertTransaction (
  transaction: Transaction, binding: Binding | undefined, provider: ProviderName, now: number
): asserts binding is Binding {
  if (binding === undefined) throw new StateForeign()
  if (!timingSafeEqual(Buffer.from(bindingDigest(binding)), Buffer.from(transaction.binding))) throw new StateForeign()
  if (transaction.provider !== provider.name) throw new ResponseInvalid()
  if (transaction.issuer !== provider.issuer) throw new StateInvalid() // The application was configured anew meanwhile.
  if (now >= transaction.at + TRANSACTION_LIFE) throw new StateExpired()
}
