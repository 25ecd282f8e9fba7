import type { SignerOptions, VerifierOptions } from 'fast-jwt'
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler, onRequestHookHandler } from 'fastify'
import { REFUSAL } from './fastify-peer.ts'
import type { Person } from './people.ts'

/** What a token says of a person. */
export interface PersonToken { readonly sub: string, readonly claims: Person['claims'] }

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: PersonToken
    user: PersonToken
  }
}

export function toToken ({ id, claims }: Person): PersonToken {
  return { sub: id, claims }
}

export function toPerson ({ sub, claims }: PersonToken): Person {
  return { id: sub, claims }
}

/** Of the tokens that a subject signs for its people. */
export const SIGNING: Partial<SignerOptions> = { expiresIn: '1d' }

type TokenOf = (request: FastifyRequest) => string | undefined

/** How `@fastify/jwt` is set up, and called. */
export interface JwtWay {
  readonly verify: Partial<VerifierOptions>
  readonly guard: (app: FastifyInstance, tokenOf: TokenOf) => onRequestHookHandler | onRequestAsyncHookHandler
}

/**
 * `request.jwtVerify()` as its README has it. With options, and with a callback alone, it would make a new verifier
 * for each request, which costs more than all the rest and has an empty cache.
 */
const verifyRequest: onRequestAsyncHookHandler = async request => {
  await request.jwtVerify()
}

/** Each token is verified each time, which is the default. */
export const UNCACHED: JwtWay = { verify: {}, guard: () => verifyRequest }

/** Tokens that were verified are remembered by their hash, for ten minutes: its own cache as it is. */
export const CACHED: JwtWay = { verify: { cache: 10_000 }, guard: () => verifyRequest }

/**
 * The fastest that it has. Tokens are remembered by themselves, not by a hash, which its README offers to those who
 * may keep tokens in memory; and `fastify.jwt.verify` is called, which is not held up by promises and closures and
 * does not decode what is in the cache.
 */
export const FASTEST: JwtWay = {
  verify: { cache: 10_000, cacheKeyBuilder: token => token },
  guard: (app, tokenOf) => (request, reply, done) => {
    try {
      request.user = app.jwt.verify<PersonToken>(tokenOf(request) ?? '')
    } catch {
      reply.code(401).send(REFUSAL)
      return
    }
    done()
  }
}
