import { type RedisServer, startRedis } from '../../test/_redis.ts'
import type { ServerCase } from '../cases/case.ts'
import type { SignedInHeaders } from '../subjects/subject.ts'
import { privateKeys } from './keys.ts'
import { LoadProcess, type Span } from './load-process.ts'
import { ServerProcess } from './server-process.ts'

const NOBODY: readonly SignedInHeaders[] = [{}]

/** One case of a group while it is measured: the server, the process that sends requests, and what they need. */
export class Contender {
  readonly case: ServerCase
  /** Microseconds of CPU per request, of each round. */
  readonly figures: number[] = []
  readonly #load = new LoadProcess()
  #redis: RedisServer | undefined
  #server: ServerProcess | undefined
  /**
   * Another process of the same server, for those who sign in before each round: what that leaves behind would be
   * cleaned up at the cost of the round.
   */
  #signer: ServerProcess | undefined

  constructor (each: ServerCase) {
    this.case = each
  }

  async start (): Promise<void> {
    const { server, needsRedis, unseen } = this.case
    if (needsRedis === true) this.#redis = await startRedis()
    const settings = { privateKeys, ...this.#redis && { redisUrl: this.#redis.url } }
    this.#server = await ServerProcess.start({ ...server, settings })
    if (unseen !== undefined) this.#signer = await ServerProcess.start({ ...server, settings })
  }

  /** Signs in those who send requests. */
  async signIn (): Promise<readonly SignedInHeaders[]> {
    const { people = 64, unseen } = this.case
    if (people === 0) return NOBODY
    return unseen === undefined
      ? await started(this.#server).signIn(people)
      : await started(this.#signer).signIn(unseen)
  }

  /** Looks at whole answers, before anything is timed. */
  async prepare (headers: readonly SignedInHeaders[]): Promise<void> {
    const { path = '/me', status = 200, people, sendsAs, keepsCookies = false } = this.case
    const isOfOnePerson = sendsAs !== undefined || people === 0
    await this.#load.prepare({ port: started(this.#server).port, path, headers, status, isOfOnePerson, keepsCookies })
  }

  /** Without a figure, so that everything is compiled that will be. */
  async warmUp (span: Span): Promise<void> {
    await this.#run(span)
  }

  async measure (span: Span): Promise<void> {
    this.figures.push(await this.#run(span))
  }

  async stop (): Promise<void> {
    await Promise.all([this.#server?.stop(), this.#signer?.stop(), this.#load.stop()])
    await this.#redis?.stop()
  }

  async #run (span: Span): Promise<number> {
    const server = started(this.#server)
    const { unseen } = this.case
    if (unseen !== undefined) await this.prepare(await this.signIn())
    await this.#load.connect()
    const before = await server.cpu()
    const answered = await this.#load.run(unseen === undefined ? span : { ...span, requests: unseen })
    const after = await server.cpu()
    await this.#load.disconnect()
    return (after - before) / answered
  }
}

function started (server: ServerProcess | undefined): ServerProcess {
  if (server === undefined) throw new Error('the server was not started')
  return server
}
