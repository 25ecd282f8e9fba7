import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { setImmediate } from 'node:timers/promises'
import { tooLong, type WholeAnswer } from './whole-answer.ts'

/** A request, ready to be sent. */
export interface Message {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Connections that are kept. */
export interface Agents {
  readonly http: http.Agent
  readonly https: https.Agent
}

/** Methods that may arrive twice (RFC 9110, section 9.2.1). */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** One try to get a whole answer, over a kept connection where there is one. */
export class Attempt {
  readonly answer: Promise<WholeAnswer>
  readonly #message: Message
  readonly #maxBytes: number
  readonly #request: ClientRequest
  #resolve: (answer: WholeAnswer) => void = () => {}
  #reject: (reason: unknown) => void = () => {}
  #isWritten = false
  /** Whether it is known by now how the attempt ends. */
  #isDecided = false

  /** @param agents undefined: over a new connection, which nobody keeps */
  constructor (message: Message, agents: Agents | undefined, maxBytes: number) {
    this.#message = message
    this.#maxBytes = maxBytes
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const { url, method, headers } = message
    const isSecure = url.protocol === 'https:'
    const agent = (isSecure ? agents?.https : agents?.http) ?? false
    // Not imported by name: whoever watches or replaces `request` of these modules sees ours too.
    this.#request = (isSecure ? https : http).request(url, { method, headers, agent })
      .on('response', answer => { this.#read(answer) })
      .on('error', this.#reject)
      // What is no answer, as a switch of protocols, ends with this alone.
      .on('close', () => { this.#reject(new Error(`${url.origin} ended the connection without an answer`)) })
    this.#write()
  }

  /**
   * Whether the other side had closed a kept connection before the request could be answered, and no harm is done when
   * the request is sent again.
   */
  get mayRepeat (): boolean {
    const isHarmless = !this.#isWritten || REPEATABLE.has(this.#message.method)
    return this.#request.reusedSocket && isHarmless && !this.#isDecided
  }

  /** Ends it. What comes later is dropped. */
  abort (reason: Error): void {
    this.#isDecided = true
    this.#reject(reason)
    this.#request.destroy()
  }

  /**
   * Nothing is written on a connection whose end has come to this machine already, and not yet to us, nor where an
   * answer to nothing has: with the second turn of the event loop it is seen.
   */
  #write (): void {
    if (!this.#request.reusedSocket) this.#end()
    else setImmediate().then(() => setImmediate()).then(() => { this.#end() }, this.#reject)
  }

  #end (): void {
    if (this.#request.destroyed) return
    this.#isWritten = true
    this.#request.end(this.#message.body)
  }

  #read (message: IncomingMessage): void {
    if (!this.#isWritten) {
      this.#request.destroy(new Error(`${this.#message.url.origin} answered before it was asked`))
      return
    }
    this.#isDecided = true
    const parts: Buffer[] = []
    let bytes = 0
    message.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes > this.#maxBytes) this.abort(tooLong(this.#message.url.href, this.#maxBytes))
      else parts.push(part)
    })
    message.on('end', () => { this.#resolve({ message, body: Buffer.concat(parts) }) })
    message.on('error', this.#reject)
  }
}
