import type { SignedInHeaders, SubjectSettings } from '../subjects/subject.ts'
import { Child } from './child.ts'

/** Which server is to be measured. */
export interface ServerSpecification {
  /** File of `subjects/`, without its ending. */
  readonly module: string
  /** What the file exports. */
  readonly name: string
  readonly settings: SubjectSettings
}

/** A server that is measured, seen from the process that measures. */
export class ServerProcess {
  readonly #child: Child
  readonly port: number

  private constructor (child: Child, port: number) {
    this.#child = child
    this.port = port
  }

  static async start (specification: ServerSpecification, flags: readonly string[] = []): Promise<ServerProcess> {
    const child = new Child(new URL('./server-main.ts', import.meta.url), flags)
    try {
      return new ServerProcess(child, await child.ask('start', specification) as number)
    } catch (error) {
      await child.stop()
      throw error
    }
  }

  async signIn (people: number): Promise<readonly SignedInHeaders[]> {
    return await this.#child.ask('signIn', people) as readonly SignedInHeaders[]
  }

  /** Microseconds of CPU that the server has used so far. */
  async cpu (): Promise<number> {
    return await this.#child.ask('cpu') as number
  }

  /** Bytes that it holds for its objects and buffers, garbage aside. */
  async usedBytes (): Promise<number> {
    return await this.#child.ask('usedBytes') as number
  }

  async stop (): Promise<void> {
    try {
      await this.#child.ask('close')
    } finally {
      await this.#child.stop()
    }
  }
}
