import type { SignedInHeaders } from '../subjects/subject.ts'
import { Child } from './child.ts'

/** What is sent to one server, and what has to come back. */
export interface Load {
  readonly port: number
  readonly path: '/me' | '/public'
  /** Of each person's requests; they come in turn. */
  readonly headers: readonly SignedInHeaders[]
  readonly status: 200 | 401
  /** Whether all get what the first person gets: the server looks at no credential. */
  readonly isOfOnePerson: boolean
  /** Whether requests carry the cookie that the last answer set. */
  readonly keepsCookies: boolean
}

/** When a round is over: after so much time or so many requests, whatever comes first. */
export interface Span {
  readonly milliseconds: number
  readonly requests?: number
}

/** A round of the server with this name. */
export interface Round extends Span {
  readonly name: string
}

/** The process that sends the requests to all servers of a group, seen from the process that measures. */
export class LoadProcess {
  readonly #child = new Child(new URL('./load-main.ts', import.meta.url))

  /** Makes the requests to the server with this name. */
  async prepare (name: string, load: Load): Promise<void> {
    await this.#child.ask('prepare', { name, load })
  }

  /** Looks at whole answers, before anything is timed. */
  async compare (name: string): Promise<void> {
    await this.#child.ask('compare', name)
  }

  /** Before a round: a new connection is no part of what is measured. */
  async connect (name: string): Promise<void> {
    await this.#child.ask('connect', name)
  }

  /** @returns how many requests were answered rightly; a wrong answer rejects */
  async run (round: Round): Promise<number> {
    return await this.#child.ask('run', round) as number
  }

  async disconnect (): Promise<void> {
    await this.#child.ask('disconnect')
  }

  async stop (): Promise<void> {
    await this.#child.stop()
  }
}
