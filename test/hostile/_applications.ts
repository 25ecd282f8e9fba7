import { join } from 'node:path'
import { startListening } from '../_listening-process.ts'
import type { ScriptedProvider } from '../oidc/_scripted-provider.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

/** Applications in a process of their own. */
export class Applications {
  readonly #control: string

  private constructor (control: string) {
    this.#control = control
  }

  static async start (t: Teardown): Promise<Applications> {
    const { address } = await startListening(t, join(import.meta.dirname, '_application-process.ts'))
    return new Applications(address)
  }

  /** Starts an application that signs people in with this provider, and asks for userinfo; gives where it listens. */
  async add ({ issuer, clientId, clientSecret }: ScriptedProvider): Promise<string> {
    return await this.#post('/applications', { issuer, clientId, clientSecret, userinfo: true })
  }

  async log (origin: string): Promise<string> {
    return await this.#get(`/log?origin=${encodeURIComponent(origin)}`)
  }

  /** Gives how many bytes the process needs for some work, at its peak. */
  async growth (work: () => Promise<unknown>): Promise<number> {
    await this.#post('/memory', {})
    await work()
    return Number(await this.#get('/memory'))
  }

  /** Reads an answer as a client without bounds does; gives its length. */
  async readWhole (url: string): Promise<number> {
    return Number(await this.#post('/careless', { url }))
  }

  async #get (path: string): Promise<string> {
    return await (await fetch(this.#control + path)).text()
  }

  async #post (path: string, body: object): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(this.#control + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(await answer.text())
    return await answer.text()
  }
}
