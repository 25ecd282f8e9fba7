import { ExpressAuth, type ExpressAuthConfig, getSession } from '@auth/express'
import Credentials from '@auth/express/providers/credentials'
import { getToken, type JWT } from '@auth/core/jwt'
import type { Request, RequestHandler } from 'express'
import { cookieHeader } from './browser.ts'
import { createExpress, serveExpress } from './express-peer.ts'
import { REFUSAL } from './fastify-peer.ts'
import { type Person, personOf } from './people.ts'
import type { RunningSubject, SignedInHeaders, Subject } from './subject.ts'

declare module 'express-serve-static-core' {
  interface Locals { person?: Person }
}

const SECRET = 'a secret that is known to all: 0123456789'

/** The token has standard names for what it knows; what else a person has lies beside them. */
function toPerson ({ sub, name, email, more }: JWT): Person {
  return { id: sub, claims: { name, email, ...more as object } } as Person
}

const CONFIG: ExpressAuthConfig = {
  secret: SECRET,
  trustHost: true,
  basePath: '/auth',
  useSecureCookies: false,
  session: { strategy: 'jwt' },
  logger: { error () {}, warn () {}, debug () {} },
  providers: [Credentials({
    credentials: { index: {} },
    authorize: ({ index }) => {
      const { id, claims } = personOf(Number(index))
      return { id, ...claims }
    }
  })],
  callbacks: {
    jwt ({ token, user }) {
      if (user === undefined) return token
      const { roles, department, locale } = user as unknown as Person['claims']
      return { ...token, more: { roles, department, locale } }
    },
    session: ({ session, token }) => ({ ...session, person: toPerson(token) })
  }
}

/** Signs in by the addresses that Auth.js has for it. */
async function signIn (port: number, people: number): Promise<readonly SignedInHeaders[]> {
  const origin = `http://127.0.0.1:${port}`
  const form = await fetch(`${origin}/auth/csrf`)
  const { csrfToken } = await form.json() as { csrfToken: string }
  const headers: SignedInHeaders[] = []
  for (let index = 0; index < people; index++) {
    const answer = await fetch(`${origin}/auth/callback/credentials`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: cookieHeader(form) },
      body: new URLSearchParams({ csrfToken, index: String(index) })
    })
    const session = cookieHeader(answer).split('; ').find(pair => pair.startsWith('authjs.session-token='))
    if (session === undefined) throw new Error(`signing in was answered with ${answer.status}`)
    headers.push({ cookie: session })
  }
  return headers
}

async function start (personBy: (request: Request) => Promise<Person | undefined>): Promise<RunningSubject> {
  const app = createExpress()
  app.use(/^\/auth\/(.*)/, ExpressAuth(CONFIG))
  const authenticatedUser: RequestHandler = async (request, response, next) => {
    const person = await personBy(request)
    if (person === undefined) {
      response.status(401).json(REFUSAL)
      return
    }
    response.locals['person'] = person
    next()
  }
  app.get('/me', authenticatedUser, (_request, response) => { response.json(response.locals['person']) })
  const running = await serveExpress(app, { signIn: async people => await signIn(running.port, people) })
  return running
}

/** Auth.js on Express by its own integration, guarded as its documentation has it: each request seals a new token. */
export const bySession: Subject = {
  start: () => start(async request => (await getSession(request, CONFIG) as { person?: Person } | null)?.person)
}

/** The fastest that it has: `getToken` opens the token and does no more. */
export const byToken: Subject = {
  start: () => start(async ({ headers: { cookie = '' } }) => {
    const token = await getToken({ req: { headers: { cookie } }, secret: SECRET, secureCookie: false })
    return token === null ? undefined : toPerson(token)
  })
}
