import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import { buildApp, type BuildOptions, type LoginBody } from '../_app.ts'
import { Jar } from '../_jar.ts'
import { limits } from './_session.ts'

const { idle, absolute, remember } = limits

/** Requests of one browser, which keeps its cookies; a visit by GET where nothing else is said. */
export class Browser {
  readonly jar: Jar
  readonly #app: FastifyInstance

  constructor (app: FastifyInstance, jar = new Jar()) {
    this.#app = app
    this.jar = jar
  }

  async get (url: string): Promise<LightMyRequestResponse> {
    const answer = await this.#app.inject({ url, headers: this.jar.headers })
    this.jar.take(answer)
    return answer
  }

  async post (url: string, body: LoginBody = {}): Promise<LightMyRequestResponse> {
    const answer = await this.#app.inject({ method: 'POST', url, body, headers: this.jar.headers })
    this.jar.take(answer)
    return answer
  }

  async login (body: LoginBody = {}): Promise<this> {
    const { statusCode } = await this.post('/login', body)
    if (statusCode !== 200) throw new Error(`the login answered ${statusCode}`)
    return this
  }

  /** Somebody with a copy of the cookies, to whom later answers do not come. */
  thief (app = this.#app): Browser {
    return new Browser(app, this.jar.copy())
  }

  async isSignedIn (): Promise<boolean> {
    return (await this.get('/who')).json<{ isAuthenticated: boolean }>().isAuthenticated
  }
}

export interface Site { readonly app: FastifyInstance, readonly clock: TestClock, browser (): Browser }

export async function site (t: Test, { session, ...options }: BuildOptions = {}): Promise<Site> {
  const clock = createClock()
  const app = await buildApp({ session: { idle, absolute, remember, ...session }, now: clock.now, ...options })
  t.teardown(() => app.close())
  return { app, clock, browser: () => new Browser(app) }
}
