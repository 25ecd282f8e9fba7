import { join } from 'node:path'
import type { Test } from 'tap'
import type { SessionOptions } from '../../lib/index.ts'
import { secret as createSecret } from '../_app.ts'
import { type ListeningProcess, startListening } from '../_listening-process.ts'

/** A process of the application. */
export type Member = ListeningProcess

/** Starts processes that are one application: they share a secret and what the session options say. */
export async function startMembers (
  t: Test, count: number, session: SessionOptions, secret = createSecret()
): Promise<readonly Member[]> {
  const program = join(import.meta.dirname, '_member.ts')
  const env = { MEMBER: JSON.stringify({ secret, session }) }
  return await Promise.all(Array.from({ length: count }, async () => await startListening(t, program, env)))
}

/** A tab of a browser: it keeps its cookies, and may talk to any process. */
export class Tab {
  cookies: ReadonlyMap<string, string>

  constructor (cookies: ReadonlyMap<string, string> = new Map()) {
    this.cookies = cookies
  }

  copy (): Tab {
    return new Tab(this.cookies)
  }

  async get ({ address }: Member, url: string): Promise<Response> {
    return await this.#send(`${address}${url}`, {})
  }

  async post ({ address }: Member, url: string, body: object = {}): Promise<Response> {
    const headers = { 'content-type': 'application/json' }
    return await this.#send(`${address}${url}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  /** The id of who this is, or undefined for a stranger. */
  async who (member: Member): Promise<string | undefined> {
    const answer = await this.get(member, '/who')
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
    return (await answer.json() as { id?: string }).id
  }

  async #send (url: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { ...init, headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) } })
    this.#take(answer.headers.getSetCookie())
    return answer
  }

  #take (lines: readonly string[]): void {
    if (lines.length === 0) return
    const cookies = new Map(this.cookies)
    for (const line of lines) {
      const [pair = ''] = line.split(';', 1)
      const name = pair.slice(0, pair.indexOf('='))
      if (/; max-age=0;/i.test(line)) cookies.delete(name)
      else cookies.set(name, pair.slice(name.length + 1))
    }
    this.cookies = cookies
  }
}
