import { randomBytes } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import { digestOf } from '../digest.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import type { Entry, Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'
import { invalidGrant, toRefusal } from './oauth-refusal.ts'
import type { FamilyName } from './program-family.ts'
import type { AccessWish, ProgramGrants, ProgramLogin, TokenAnswer } from './program-grants.ts'
import { isSameText } from '../same-text.ts'

/** Seconds that a code is good, and that it is known afterwards that it was used. */
const LIFE = 60
const REMEMBERED = 600

const codeSpelling = /^[\w-]{43}$/
/** RFC 7636, section 4.1. */
const verifierSpelling = /^[\w.~-]{43,128}$/

/** What a code is bound to: whoever brings it must say the same again. */
export interface CodeBinding {
  readonly clientId: string
  readonly redirectUri: string
  /** Whether the authorization request named the address: then the program repeats it (RFC 6749, section 4.1.3). */
  readonly isRedirectSaid: boolean
  /** RFC 7636; undefined for a program that need not have one. */
  readonly codeChallenge: string | undefined
}

/** What a program brings for its tokens. */
export interface CodeProof {
  readonly code: string
  readonly redirectUri: string | undefined
  readonly codeVerifier: string | undefined
}

interface FreshCode {
  readonly state: 'fresh'
  readonly binding: CodeBinding
  readonly login: ProgramLogin
  readonly name: FamilyName
}

/** What came of it ends where it is used again. */
interface UsedCode {
  readonly state: 'used'
  readonly clientId: string
  readonly handle: string
  /** Seconds since 1970. */
  readonly endsAt: number
}

interface SealedCode {
  readonly v: 1
  readonly k: 'code'
  /** Where it lies: who can write to the store moves no code. */
  readonly d: string
  readonly c: FreshCode | UsedCode
}

/**
 * A code that was asked for with a challenge comes with its verifier; one without must come without, or a thief could
 * leave the challenge out on the way (RFC 9700, section 4.8.2).
 */
async function isProven (challenge: string | undefined, verifier: string | undefined): Promise<boolean> {
  if (challenge === undefined || verifier === undefined) return challenge === verifier
  if (!verifierSpelling.test(verifier)) return false
  return isSameText(await oauth.calculatePKCECodeChallenge(verifier), challenge)
}

async function assertBound (
  { clientId, redirectUri, isRedirectSaid, codeChallenge }: CodeBinding, program: ProgramSettings, proof: CodeProof
): Promise<void> {
  if (clientId !== program.clientId) throw invalidGrant('the code is that of another program')
  const isSame = proof.redirectUri === undefined ? !isRedirectSaid : isSameText(proof.redirectUri, redirectUri)
  if (!isSame) throw invalidGrant('the redirect address is another one')
  if (!await isProven(codeChallenge, proof.codeVerifier)) throw invalidGrant('the code verifier is another one')
}

/** The authorization codes that programs exchange for tokens: 60 seconds, once, and only by whom they are for. */
export class ProgramCodes {
  readonly #vault: Vault
  readonly #store: Store
  readonly #grants: ProgramGrants
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor (vault: Vault, store: Store, grants: ProgramGrants, now: () => number) {
    this.#vault = vault
    this.#store = store
    this.#grants = grants
    this.#now = now
  }

  /** A code for what a person let a program have. */
  async issue (binding: CodeBinding, login: ProgramLogin): Promise<string> {
    const code = randomBytes(32).toString('base64url')
    const digest = digestOf(code)
    const name = await this.#grants.nameFor(login.person.userId)
    const sealed = this.#seal(digest, { state: 'fresh', binding, login, name })
    await this.#store.add(keyOf(digest), sealed, { expiresAt: this.#now() + LIFE * 1000 })
    return code
  }

  /**
   * The tokens of a code. One that comes again ends what came of it the first time (RFC 6749, section 4.1.2).
   *
   * @param audience the services that the access token is for; all where there is none
   * @throws OAuthRefusal `invalid_grant`; ProviderUnavailable, StoreUnavailable
   */
  async redeem (
    program: ProgramSettings, proof: CodeProof, audience?: AccessWish['audience']
  ): Promise<TokenAnswer> {
    const digest = digestOf(proof.code)
    const entry = codeSpelling.test(proof.code) ? await this.#store.get(keyOf(digest)) : undefined
    const kept = entry === undefined ? undefined : this.#open(digest, entry.value)
    if (entry === undefined || kept === undefined) throw invalidGrant('the code is none of ours, or has ended')
    if (kept.state === 'used') return await this.#refuseUsed(program, kept)
    await assertBound(kept.binding, program, proof)
    const { login, name } = kept
    const used: UsedCode = {
      state: 'used', clientId: program.clientId, handle: name.handle, endsAt: this.#grants.endOf(program, login)
    }
    const expiresAt = this.#now() + REMEMBERED * 1000
    const written = await this.#store.replace(keyOf(digest), entry.version, this.#seal(digest, used), { expiresAt })
    if (written === undefined) return await this.#refuseUsed(program, used)
    try {
      return await this.#grants.begin(program, login, name, audience)
    } catch (error) {
      if (toRefusal(error)?.statusCode === 503) await this.#giveBack(keyOf(digest), written, entry)
      throw error
    }
  }

  /** Whoever is told to try again can: nothing came of the code. What went wrong first is said. */
  async #giveBack (key: string, version: string, { value, expiresAt }: Entry): Promise<void> {
    await this.#store.replace(key, version, value, { expiresAt }).catch(() => {})
  }

  /** Whoever is not the program that it was for has no say in what becomes of its tokens. */
  async #refuseUsed (program: ProgramSettings, { clientId, handle, endsAt }: UsedCode): Promise<never> {
    if (clientId === program.clientId) await this.#grants.end(handle, endsAt, 'reused')
    throw invalidGrant('the code was used before')
  }

  #seal (digest: string, code: FreshCode | UsedCode): string {
    const sealed: SealedCode = { v: 1, k: 'code', d: digest, c: code }
    return this.#vault.seal('program', sealed)
  }

  #open (digest: string, text: string): FreshCode | UsedCode | undefined {
    const sealed = this.#vault.open('program', text)?.payload as SealedCode | undefined
    return sealed?.v === 1 && sealed.k === 'code' && sealed.d === digest ? sealed.c : undefined
  }
}

function keyOf (digest: string): string {
  return `program-code:${digest}`
}
