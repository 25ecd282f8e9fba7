import { personOf, PUBLIC_BODY } from '../subjects/people.ts'
import { Connection } from './connection.ts'
import { type Answer, cookieOf, requestOf } from './http.ts'
import type { Load, Span } from './load-process.ts'

const CONNECTIONS = 64

/** How many answers are compared whole before anything is timed. */
const MOST_COMPARED = 100

/** A person who sends requests. */
interface Sender { request: Buffer }

/** A server that requests are sent to: a closed loop over kept connections. */
export class Target {
  #load: Load
  #senders: readonly Sender[] = []
  #connections: readonly Connection[] = []
  /** Bytes of every body, learnt from one that was compared whole. */
  #bodyLength = 0
  /** Goes on over rounds, so that people come in turn. */
  #position = 0

  constructor (load: Load) {
    this.#load = load
    this.prepare(load)
  }

  prepare (load: Load): void {
    this.#load = load
    this.#senders = load.headers.map(headers => ({ request: requestOf(load.path, headers) }))
    this.#position = 0
  }

  /** Compares whole answers; those of strangers are as long as the first of them. */
  async compare (): Promise<void> {
    const connection = await Connection.open(this.#load.port)
    try {
      await this.#compareBy(connection)
    } finally {
      connection.close()
    }
  }

  async #compareBy (connection: Connection): Promise<void> {
    const { status } = this.#load
    for (const [index, { request }] of this.#senders.slice(0, MOST_COMPARED).entries()) {
      const answer = await connection.ask(request)
      const body = answer.bytes.toString('utf8', answer.length - answer.bodyLength)
      const wanted = this.#bodyFor(index)
      const isRight = answer.status === status && (status !== 200 || body === wanted)
      if (!isRight) throw new Error(`expected ${status} with ${wanted}, but got ${answer.bytes.toString()}`)
      if (index === 0) this.#bodyLength = answer.bodyLength
    }
  }

  async connect (): Promise<void> {
    const { port } = this.#load
    this.#connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)))
  }

  /** On each connection the next request follows at once: the load never sleeps. Gives the number of answers. */
  async run ({ milliseconds, requests: most = Infinity }: Span): Promise<number> {
    const deadline = performance.now() + milliseconds
    let sent = 0
    let answered = 0
    const keepAsking = async (connection: Connection): Promise<void> => {
      while (sent < most && performance.now() < deadline) {
        sent++
        await this.#askAsNext(connection)
        answered++
      }
    }
    await Promise.all(this.#connections.map(keepAsking))
    return answered
  }

  disconnect (): void {
    for (const connection of this.#connections) connection.close()
    this.#connections = []
  }

  #bodyFor (index: number): string {
    const { path, isOfOnePerson } = this.#load
    return JSON.stringify(path === '/me' ? personOf(isOfOnePerson ? 0 : index) : PUBLIC_BODY)
  }

  async #askAsNext (connection: Connection): Promise<void> {
    const sender = this.#senders[this.#position++ % this.#senders.length]
    if (sender === undefined) throw new Error('nobody sends requests')
    const answer = await connection.ask(sender.request)
    this.#judge(answer)
    const cookie = this.#load.keepsCookies ? cookieOf(answer) : undefined
    if (cookie !== undefined) sender.request = requestOf(this.#load.path, { cookie })
  }

  #judge (answer: Answer): void {
    const { status } = this.#load
    if (answer.status === status && answer.bodyLength === this.#bodyLength) return
    throw new Error(`expected ${status} with ${this.#bodyLength} bytes, but got ${answer.bytes.toString()}`)
  }
}
