import { type RedisServer, startRedis } from '../../test/_redis.ts'
import type { ServerCase } from '../cases/case.ts'
import type { SignedInHeaders } from '../subjects/subject.ts'
import { privateKeys } from './keys.ts'
import type { LoadProcess, Span } from './load-process.ts'
import { ServerProcess } from './server-process.ts'

const NOBODY: readonly SignedInHeaders[] = [{}]

/** One case of a group while it is measured. */
export class Contender {
  readonly case: ServerCase
  /** Microseconds of CPU per request, of each round. */
  readonly figures: number[] = []
  readonly #load: LoadProcess
  #redis: RedisServer | undefined
  #server: ServerProcess | undefined
  /**
   * Another process of the same server, for those who sign in before each round: what that leaves behind would be
   * cleaned up at the cost of the round.
   */
  #signer: ServerProcess | undefined

  constructor (each: ServerCase, load: LoadProcess) {
    this.case = each
    this.#load = load
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

  /** Makes the requests, and looks at whole answers before anything is timed. */
  async prepare (headers: readonly SignedInHeaders[]): Promise<void> {
    await this.#send(headers)
    await this.#load.compare(this.case.name)
  }

  /** Without a figure, so that everything is compiled that will be. */
  async warmUp (span: Span): Promise<void> {
    await this.#run(span)
  }

  async measure (span: Span): Promise<void> {
    this.figures.push(await this.#run(span))
  }

  async stop (): Promise<void> {
    await Promise.all([this.#server?.stop(), this.#signer?.stop()])
    await this.#redis?.stop()
  }

  async #send (headers: readonly SignedInHeaders[]): Promise<void> {
    const { name, path = '/me', status = 200, people, sendsAs, keepsCookies = false } = this.case
    const isOfOnePerson = sendsAs !== undefined || people === 0
    const { port } = started(this.#server)
    await this.#load.prepare(name, { port, path, headers, status, isOfOnePerson, keepsCookies })
  }

  /**
   * One round. No garbage is collected by force before it: V8 takes back the space for young objects then, and what
   * follows costs up to three times as much.
   */
  async #run (span: Span): Promise<number> {
    const server = started(this.#server)
    const { name, unseen } = this.case
    if (unseen !== undefined) await this.#send(await this.signIn())
    await this.#load.connect(name)
    const before = await server.cpu()
    const answered = await this.#load.run({ name, ...span, ...unseen === undefined ? {} : { requests: unseen } })
    const after = await server.cpu()
    await this.#load.disconnect()
    return (after - before) / answered
  }
}

function started (server: ServerProcess | undefined): ServerProcess {
  if (server === undefined) throw new Error('the server was not started')
  return server
}
