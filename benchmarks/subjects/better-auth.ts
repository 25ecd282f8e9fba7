import { betterAuth, type BetterAuthOptions, type SecondaryStorage } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { getCookieCache } from 'better-auth/cookies'
import { Redis } from 'ioredis'
import { cookieHeader } from './browser.ts'
import { createApp, REFUSAL } from './fastify-peer.ts'
import { listen } from './listen.ts'
import { type Person, personOf } from './people.ts'
import type { SignedInHeaders, RunningSubject, Subject, SubjectSettings } from './subject.ts'

declare module 'fastify' {
  interface FastifyRequest { betterPerson: Person | null }
}

const SECRET = 'a secret that is known to all: 0123456789'
const PASSWORD = 'a password that is known to all'
const HOUR = 3600

type Database = Record<'user' | 'account' | 'session' | 'verification', Array<Record<string, unknown>>>
type Strategy = 'compact' | 'jwt' | 'jwe'
type User = { id: string } & Person['claims']

function toPerson ({ id, name, email, roles, department, locale }: User): Person {
  return { id, claims: { name, email, roles, department, locale } }
}

/** A person who has signed up before. */
function addPerson ({ user, account }: Database, { id, claims }: Person): void {
  if (user.some(row => row['id'] === id)) return
  const times = { createdAt: new Date(), updatedAt: new Date() }
  user.push({ id, ...claims, emailVerified: true, image: null, ...times })
  account.push({ id: `account-${id}`, userId: id, accountId: id, providerId: 'credential', password: PASSWORD, ...times })
}

function optionsWith (database: Database, more: BetterAuthOptions): BetterAuthOptions {
  return {
    secret: SECRET,
    baseURL: 'http://127.0.0.1',
    database: memoryAdapter(database),
    telemetry: { enabled: false },
    logger: { disabled: true },
    // Signing in is no part of what is measured, and a slow hash would only make the start slow.
    emailAndPassword: { enabled: true, password: { hash: async text => text, verify: async () => true } },
    user: {
      additionalFields: { roles: { type: 'string[]' }, department: { type: 'string' }, locale: { type: 'string' } }
    },
    ...more
  }
}

/** How a request finds its person: by the cookie header. */
type FindUser = (headers: Headers) => Promise<User | undefined>

interface Setting {
  readonly options: BetterAuthOptions
  /** Otherwise `auth.api.getSession`, the way of its documentation. */
  readonly findUser?: FindUser
  readonly close?: () => void
}

/**
 * better-auth on Fastify, whose guard is the one of its guide for Fastify, but gives it the cookie alone instead of
 * copying all headers. People lie in its memory adapter and sign in with email and password.
 */
async function start ({ options, findUser, close }: Setting): Promise<RunningSubject> {
  const database: Database = { user: [], account: [], session: [], verification: [] }
  const auth = betterAuth(optionsWith(database, options))
  const find = findUser ?? (async headers => (await auth.api.getSession({ headers }))?.user as User | undefined)
  const app = createApp()
  app.decorateRequest('betterPerson', null)
  app.get('/me', {
    async onRequest (request, reply) {
      const user = await find(new Headers({ cookie: request.headers.cookie ?? '' }))
      if (user === undefined) return await reply.code(401).send(REFUSAL)
      request.betterPerson = toPerson(user)
    }
  }, async request => request.betterPerson)
  app.addHook('onClose', async () => { close?.() })

  async function signIn (person: Person): Promise<SignedInHeaders> {
    addPerson(database, person)
    const body = { email: person.claims.email, password: PASSWORD }
    return { cookie: cookieHeader(await auth.api.signInEmail({ body, asResponse: true })) }
  }
  return await listen(app, async people => {
    const headers: SignedInHeaders[] = []
    for (let index = 0; index < people; index++) headers.push(await signIn(personOf(index)))
    return headers
  })
}

/** The session comes out of the cookie for an hour, and no store is asked; five minutes are its default. */
function cachedInCookie (strategy: Strategy): BetterAuthOptions {
  return { session: { cookieCache: { enabled: true, maxAge: HOUR, strategy } } }
}

export const compact: Subject = { start: () => start({ options: cachedInCookie('compact') }) }
export const jwt: Subject = { start: () => start({ options: cachedInCookie('jwt') }) }
export const jwe: Subject = { start: () => start({ options: cachedInCookie('jwe') }) }

/** The fastest that it has: `getCookieCache` reads the cookie and does no more. */
export const compactDirect: Subject = {
  start: () => start({
    options: cachedInCookie('compact'),
    findUser: async headers => {
      const cache = await getCookieCache(headers, { secret: SECRET, isSecure: false, strategy: 'compact' })
      return cache?.user as unknown as User | undefined
    }
  })
}

/** Without the cache in the cookie, so that an ended session is refused at once: the memory adapter is asked. */
export const inMemory: Subject = { start: () => start({ options: {} }) }

/** The same with Redis as secondary storage, by ioredis with its pipelining, its fastest way to ask. */
export const inRedis: Subject = {
  async start ({ redisUrl }: SubjectSettings) {
    if (redisUrl === undefined) throw new Error('this subject needs a Redis server')
    const redis = new Redis(redisUrl, { enableAutoPipelining: true })
    const secondaryStorage: SecondaryStorage = {
      get: key => redis.get(key),
      getAndDelete: key => redis.getdel(key),
      async set (key, value, ttl) {
        if (ttl === undefined) await redis.set(key, value)
        else await redis.set(key, value, 'EX', ttl)
      },
      async increment (key, ttl) {
        const count = await redis.incr(key)
        if (count === 1) await redis.expire(key, ttl)
        return count
      },
      async delete (key) { await redis.del(key) }
    }
    return await start({ options: { secondaryStorage }, close: () => redis.disconnect() })
  }
}
