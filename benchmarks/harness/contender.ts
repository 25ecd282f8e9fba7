import type { ServerCase } from '../cases/case.ts'
import { type RedisServer, startRedis } from '../../test/_redis.ts'
import type { SignedInHeaders } from '../subjects/subject.ts'
import { LoadProcess, type Span } from './load-process.ts'
import { ServerProcess } from './server-process.ts'

/** People whose requests are sent in one round where each credential is sent once. */
const UNSEEN = 10_000

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
    const { server, needsRedis, isUnseen } = this.case
    if (needsRedis === true) this.#redis = await startRedis()
    const settings = this.#redis === undefined ? {} : { redisUrl: this.#redis.url }
    this.#server = await ServerProcess.start({ ...server, settings })
    if (isUnseen === true) this.#signer = await ServerProcess.start({ ...server, settings })
  }

  /** Signs in those who send requests. */
  async signIn (): Promise<readonly SignedInHeaders[]> {
    const { people = 64, isUnseen } = this.case
    if (people === 0) return NOBODY
    return isUnseen === true ? await started(this.#signer).signIn(UNSEEN) : await started(this.#server).signIn(people)
  }

  /** Looks at whole answers, before anything is timed. */
  async prepare (headers: readonly SignedInHeaders[]): Promise<void> {
    const { path = '/me', status = 200, sendsAs } = this.case
    const isOfOnePerson = sendsAs !== undefined || this.case.people === 0
    await this.#load.prepare({ port: started(this.#server).port, path, headers, status, isOfOnePerson })
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
    const isUnseen = this.case.isUnseen === true
    if (isUnseen) await this.prepare(await this.signIn())
    await this.#load.connect()
    const before = await server.cpu()
    const answered = await this.#load.run(isUnseen ? { ...span, requests: UNSEEN } : span)
    const after = await server.cpu()
    await this.#load.disconnect()
    return (after - before) / answered
  }
}

function started (server: ServerProcess | undefined): ServerProcess {
  if (server === undefined) throw new Error('the server was not started')
  return server
}
