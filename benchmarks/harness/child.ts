import { type ChildProcess, fork, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What travels between the processes. */
interface Question { readonly id: number, readonly name: string, readonly argument: unknown }
interface Answer { readonly id: number, readonly value?: unknown, readonly failure?: string }

/** What a process of its own is able to do, by name. */
export type Abilities = Readonly<Record<string, (argument: never) => unknown>>

const SETUP = new URL('../_setup.js', import.meta.url).href

/** A process of its own, that answers questions. */
export class Child {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers>()
  #lastId = 0

  /** @param flags of Node, beside those that every process of the benchmarks has */
  constructor (module: URL, flags: readonly string[] = []) {
    this.#process = fork(fileURLToPath(module), [], {
      execArgv: ['--import', SETUP, '--expose-gc', '--disable-warning=ExperimentalWarning', ...flags],
      env: { ...process.env, NODE_ENV: 'production' },
      serialization: 'advanced'
    })
    this.#process.on('message', (answer: Answer) => this.#settle(answer))
    this.#process.once('exit', (code, signal) => this.#fail(new Error(`a process ended with ${signal ?? code}`)))
  }

  async ask (name: string, argument?: unknown): Promise<unknown> {
    const id = ++this.#lastId
    const question: Question = { id, name, argument }
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#process.send(question as unknown as Serializable)
    return await answer
  }

  async stop (): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exit = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exit
  }

  #settle ({ id, value, failure }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (failure === undefined) waiting?.resolve(value)
    else waiting?.reject(new Error(failure))
  }

  #fail (error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

interface PromiseWithResolvers {
  resolve (value: unknown): void
  reject (error: Error): void
}

/** In the process itself: answers what is asked, until the one who asks is gone. */
export function answerWith (abilities: Abilities): void {
  async function answer ({ id, name, argument }: Question): Promise<void> {
    let answer: Answer
    try {
      answer = { id, value: await abilities[name]?.(argument as never) }
    } catch (error) {
      answer = { id, failure: error instanceof Error ? String(error.stack) : String(error) }
    }
    process.send?.(answer)
  }
  process.on('message', question => { answer(question as Question).catch(() => process.exit(1)) })
  process.once('disconnect', () => process.exit())
}
