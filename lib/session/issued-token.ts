import { deepFreeze } from '../deep-freeze.ts'
import { BearerToken } from '../bearer-token.ts'
import { TokenTooLarge } from '../errors.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import type { Claims, Identity } from '../user.ts'
import { writeMarks, type WrittenMarks } from './logout-marks.ts'
import { plainJson } from './plain-json.ts'

/** What tokens share that are ended together, as all those of one login of a program. */
export interface TokenFamily {
  readonly handle: string
  readonly generation: string | undefined
  /** By which a provider can end them; undefined where none may. */
  readonly marks?: LogoutMarks | undefined
  /** Whether it began with another program: whoever has such a token ends with it, and cannot end it. @default false */
  readonly isBorrowed?: boolean | undefined
}

/** What a token shall say. Times are seconds. */
export interface TokenStart {
  /** `currentUser.id`; not empty. */
  readonly userId: string
  readonly identity?: Identity | undefined
  readonly claims?: Claims | undefined
  /** Whether the claims are those of a signed token already: the application is not asked again. @default false */
  readonly isMapped?: boolean | undefined
  readonly scopes: readonly string[]
  /** What a token is for that is signed; undefined where that is all that such tokens are for. */
  readonly audience?: readonly string[] | undefined
  /** The program that it is given to. */
  readonly clientId?: string | undefined
  /** When the person proved who they are, where it is known. */
  readonly authenticatedAt?: number | undefined
  readonly expiresIn: number
  /** Without one the token is ended by a handle of its own. */
  readonly family?: TokenFamily | undefined
}

/** The form in which a token is sealed: short keys, because each byte travels with each request. */
export interface TokenPayload {
  readonly v: 1
  readonly u: string
  /** 32 random bytes: with the key of the user, the handle of a token that has no family. */
  readonly r: string
  readonly f?: string
  readonly g?: string
  readonly m?: WrittenMarks
  readonly p?: readonly [issuer: string, subject: string, provider: string]
  readonly c?: Claims
  readonly o?: readonly string[]
  readonly n?: string
  readonly a?: number
  readonly i: number
  readonly e: number
}

/** What makes a token one of its own, and when it is issued. */
export interface TokenName {
  readonly unique: string
  readonly generation: string | undefined
  readonly now: number
}

/** @throws TokenTooLarge, ArgumentInvalid for claims that are no plain JSON */
export function packToken (
  { userId, identity, claims = {}, scopes, clientId, authenticatedAt, expiresIn, family }: TokenStart,
  { unique, generation, now }: TokenName
): TokenPayload {
  const plain = plainJson(claims, TokenTooLarge)
  return {
    v: 1,
    u: userId,
    r: unique,
    ...(family === undefined ? {} : { f: family.handle }),
    ...(generation === undefined ? {} : { g: generation }),
    ...(family?.marks === undefined ? {} : { m: writeMarks(family.marks) }),
    ...(identity === undefined ? {} : { p: [identity.issuer, identity.subject, identity.provider] }),
    ...(Object.keys(plain).length === 0 ? {} : { c: plain }),
    ...(scopes.length === 0 ? {} : { o: scopes }),
    ...(clientId === undefined ? {} : { n: clientId }),
    ...(authenticatedAt === undefined ? {} : { a: Math.min(authenticatedAt, now) }),
    i: now,
    e: now + expiresIn
  }
}

/** @param id by which the token can be told from others */
export function unpackToken (payload: TokenPayload, text: string, id: string): BearerToken {
  const { u: userId, p, c = {}, o = [], n, a, i, e } = payload
  const identity = p === undefined ? undefined : Object.freeze({ issuer: p[0], subject: p[1], provider: p[2] })
  return new BearerToken(text, {
    userId,
    identity,
    subject: identity?.subject ?? userId,
    clientId: n,
    audience: Object.freeze([]),
    scopes: Object.freeze(o),
    claims: deepFreeze(c),
    id,
    issuedAt: i,
    expiresAt: e,
    authenticatedAt: a,
    confirmation: undefined
  })
}
