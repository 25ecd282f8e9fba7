import type { ServerCase } from '../cases/case.ts'
import type { SubjectSettings } from '../subjects/subject.ts'
import { LoadProcess, type Span } from './load-process.ts'
import { ServerProcess } from './server-process.ts'

/** People who sign in for one round where each of their cookies is sent once. */
const UNSEEN = 10_000

/** One case of a group while it is measured: a server process and the process that sends its requests. */
export class Contender {
  readonly case: ServerCase
  /** Microseconds of CPU per request, of each round. */
  readonly figures: number[] = []
  readonly #server: ServerProcess
  readonly #load: LoadProcess

  private constructor (each: ServerCase, server: ServerProcess, load: LoadProcess) {
    this.case = each
    this.#server = server
    this.#load = load
  }

  static async start (each: ServerCase, settings: SubjectSettings): Promise<Contender> {
    const server = await ServerProcess.start({ ...each.server, settings })
    const contender = new Contender(each, server, new LoadProcess())
    try {
      await contender.#prepare(each.people ?? 64)
      return contender
    } catch (error) {
      await contender.stop()
      throw error
    }
  }

  /** Without a figure, so that everything is compiled that will be. */
  async warmUp (span: Span): Promise<void> {
    await this.#run(span)
  }

  async measure (span: Span): Promise<void> {
    this.figures.push(await this.#run(span))
  }

  async stop (): Promise<void> {
    await Promise.all([this.#server.stop(), this.#load.stop()])
  }

  async #run (span: Span): Promise<number> {
    if (this.case.isUnseen === true) await this.#prepare(UNSEEN)
    await this.#server.collectGarbage()
    await this.#load.connect()
    const before = await this.#server.cpu()
    const answered = await this.#load.run(this.case.isUnseen === true ? { ...span, requests: UNSEEN } : span)
    const after = await this.#server.cpu()
    await this.#load.disconnect()
    return (after - before) / answered
  }

  async #prepare (people: number): Promise<void> {
    const { path = '/me', status = 200 } = this.case
    const headers = people === 0 ? [{}] : await this.#server.signIn(people)
    await this.#load.prepare({ port: this.#server.port, path, headers, status })
  }
}
