import type { FastifyRequest } from 'fastify'
import type { Settings } from '../options/settings.ts'
import type { Evidence } from '../user.ts'
import type { AccessTokenJudge } from './access-proof.ts'
import { parseBasicCredentials } from './basic-credentials.ts'
import { createUserCheck } from './basic-users.ts'

/** A way to prove who a request comes from, beside the cookie. */
export interface Way {
  readonly name: Evidence
  /** The option that it stands for. */
  readonly option: string
  /** Who it is, as the application says it: an id, an AuthUser, or nothing. */
  ask (request: FastifyRequest): unknown
}

/** All ways of one plugin. */
export interface Callers {
  /** Judges access tokens, where they are taken. */
  readonly bearer: AccessTokenJudge | undefined
  readonly basic: Way | undefined
  readonly authenticators: readonly Way[]
}

type CallerSettings = Pick<Settings, 'basic' | 'authenticators'>

function createBasic ({ users, verify }: NonNullable<Settings['basic']>): Way {
  const isRight = createUserCheck(users)

  async function ask (request: FastifyRequest): Promise<unknown> {
    const credentials = parseBasicCredentials(request)
    if (credentials === undefined) return undefined
    const { name, password } = credentials
    const answer = verify === undefined ? isRight(credentials) : await verify(name, password, request)
    if (answer === true) return name
    return answer === false ? undefined : answer
  }

  return Object.freeze({ name: 'basic', option: 'basic.verify', ask })
}

/** Undefined where the cookie is the only evidence. */
export function createCallers (
  { basic, authenticators }: CallerSettings, bearer: AccessTokenJudge | undefined
): Callers | undefined {
  if (basic === undefined && bearer === undefined && authenticators.length === 0) return undefined
  return Object.freeze({
    bearer,
    basic: basic === undefined ? undefined : createBasic(basic),
    authenticators: authenticators.map(({ name, authenticate }, index) =>
      Object.freeze({ name, option: `authenticators[${index}]`, ask: authenticate }))
  })
}

/**
 * The headers that say who a request comes from, for caches (RFC 9110, section 12.5.5): with a token the cookie may be
 * that of nobody. What an authenticator reads, it alone knows.
 */
export function evidenceHeaders (callers: Callers | undefined): string {
  const readsHeader = callers?.bearer !== undefined || callers?.basic !== undefined
  return readsHeader ? 'Cookie, Authorization' : 'Cookie'
}
