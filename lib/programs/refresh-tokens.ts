import { hkdfSync, randomBytes } from 'node:crypto'
import { digestOf } from '../digest.ts'
import type { Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'
import type { Family, SpentSecret } from './program-family.ts'

/** Milliseconds in which whoever used the same refresh token at the same time gets the same successor. */
const RACE = 30_000
/** A program that refreshes more often within the race than this has one that raced too late. */
const MOST_SPENT = 16

/** The part that finds the family, which stays, and the part that is good once. */
const spelling = /^([\w-]{43})([\w-]{43})$/

interface SealedFamily {
  readonly v: 1
  readonly k: 'family'
  /** Where it lies: who can write to the store moves no family. */
  readonly d: string
  readonly f: Family
}

/** Whether a text is spelt as a refresh token of ours. */
export function isRefreshToken (text: string): boolean {
  return spelling.test(text)
}

/** A refresh token with the family that it is of. */
export interface FoundFamily {
  readonly family: Family
  readonly locator: string
  readonly secret: string
  readonly version: string
  /** The one that is good; one that was used a moment ago; or one that nobody honest uses. */
  readonly use: 'current' | 'raced' | 'reused'
  /** What it was used with, where it was raced for when it was found. */
  readonly spent: SpentSecret | undefined
}

const random = (): string => randomBytes(32).toString('base64url')

/** Nobody makes it without the secret; and with it, everybody makes the same. */
function successorOf (secret: string, salt: string): string {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'fastify-login/1/refresh-token', 32)).toString('base64url')
}

function spentOf ({ spent }: Family, secret: string, now: number): SpentSecret | undefined {
  const digest = digestOf(secret)
  return spent.find(one => one.digest === digest && now < one.at + RACE)
}

/**
 * The refresh tokens of programs: opaque, with nothing but digests of them in the store. Each is good once, and one
 * that is used later again shows that two have it (RFC 9700, section 4.14.2).
 */
export class RefreshTokens {
  readonly #vault: Vault
  readonly #store: Store
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor (vault: Vault, store: Store, now: () => number) {
    this.#vault = vault
    this.#store = store
    this.#now = now
  }

  /** Keeps a family, and gives its first refresh token. */
  async begin (family: Omit<Family, 'current' | 'spent'>): Promise<string> {
    const [locator, secret] = [random(), random()]
    const sealed = this.#seal(locator, { ...family, current: digestOf(secret), spent: [] })
    await this.#store.add(keyOf(locator), sealed, { expiresAt: family.endsAt * 1000 })
    return locator + secret
  }

  /**
   * Undefined for a text that is none of ours, or whose family is over.
   *
   * @param came when somebody brought it, in milliseconds since 1970: who had to wait meanwhile is not too late by that
   */
  async find (text: string, came = this.#now()): Promise<FoundFamily | undefined> {
    const [, locator, secret] = spelling.exec(text) ?? []
    if (locator === undefined || secret === undefined) return undefined
    const entry = await this.#store.get(keyOf(locator))
    const family = entry === undefined ? undefined : this.#open(locator, entry.value)
    if (entry === undefined || family === undefined || this.#now() >= family.endsAt * 1000) return undefined
    const spent = spentOf(family, secret, came)
    const use = digestOf(secret) === family.current ? 'current' : spent === undefined ? 'reused' : 'raced'
    return { family, locator, secret, version: entry.version, use, spent }
  }

  /** The successor of a token that is good, or was a moment ago. Undefined where somebody was faster: look again. */
  async rotate ({ family, locator, secret, version, use, spent: raced }: FoundFamily): Promise<string | undefined> {
    if (use !== 'current') return raced === undefined ? undefined : locator + successorOf(secret, raced.salt)
    const now = this.#now()
    const salt = random()
    const successor = successorOf(secret, salt)
    const spent = [...family.spent.filter(({ at }) => now < at + RACE), { digest: digestOf(secret), salt, at: now }]
    const next: Family = { ...family, current: digestOf(successor), spent: spent.slice(-MOST_SPENT) }
    const expiresAt = family.endsAt * 1000
    const written = await this.#store.replace(keyOf(locator), version, this.#seal(locator, next), { expiresAt })
    return written === undefined ? undefined : locator + successor
  }

  async forget ({ locator }: Pick<FoundFamily, 'locator'>): Promise<void> {
    await this.#store.delete(keyOf(locator))
  }

  #seal (locator: string, family: Family): string {
    const sealed: SealedFamily = { v: 1, k: 'family', d: digestOf(locator), f: family }
    return this.#vault.seal('program', sealed)
  }

  #open (locator: string, text: string): Family | undefined {
    const sealed = this.#vault.open('program', text)?.payload as SealedFamily | undefined
    return sealed?.v === 1 && sealed.k === 'family' && sealed.d === digestOf(locator) ? sealed.f : undefined
  }
}

function keyOf (locator: string): string {
  return `program:${digestOf(locator)}`
}
