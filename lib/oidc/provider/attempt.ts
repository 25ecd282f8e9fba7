import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { tooLong } from './bounded-fetch.ts'
import type { WholeAnswer } from './whole-answer.ts'

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
  readonly #request: ClientRequest
  /** What is given up where the attempt is: the answer, when it has begun. */
  #transfer: ClientRequest | IncomingMessage
  #isWritten = false
  #isAborted = false

  /** @param agents undefined: over a new connection, which nobody keeps */
  constructor (message: Message, agents: Agents | undefined, maxBytes: number) {
    const { url, method, headers } = message
    const isSecure = url.protocol === 'https:'
    const agent = (isSecure ? agents?.https : agents?.http) ?? false
    // Not imported by name: whoever watches or replaces `request` of these modules sees ours too.
    const request = (isSecure ? https : http).request(url, { method, headers, agent })
    this.#message = message
    this.#request = request
    this.#transfer = request
    this.answer = new Promise((resolve, reject) => {
      request.on('error', reject)
      request.on('response', answer => {
        this.#transfer = answer
        this.#read(answer, maxBytes, resolve)
        answer.on('error', reject)
      })
      // What is no answer, as a switch of protocols, ends with this alone.
      request.on('close', () => { if (!this.#hasAnswer) reject(new Error(`There is no answer of ${url.origin}`)) })
    })
    this.#write()
  }

  /**
   * Whether the other side had closed a kept connection before the request could be answered, and no harm is done when
   * the request is sent again.
   */
  get mayRepeat (): boolean {
    const isHarmless = !this.#isWritten || REPEATABLE.has(this.#message.method)
    return this.#request.reusedSocket && isHarmless && !this.#hasAnswer && !this.#isAborted
  }

  /** Ends it, with the connection. */
  abort (reason: Error): void {
    this.#isAborted = true
    this.#transfer.destroy(reason)
  }

  get #hasAnswer (): boolean {
    return this.#transfer !== this.#request
  }

  /**
   * What may arrive only once is not written on a connection whose end has come to this machine already, and not yet to
   * us: with the second turn of the event loop it is seen.
   */
  #write (): void {
    const isReady = !this.#request.reusedSocket || REPEATABLE.has(this.#message.method)
    if (isReady) this.#end()
    else setImmediate(() => setImmediate(() => { this.#end() }))
  }

  #end (): void {
    this.#isWritten = true
    this.#request.end(this.#message.body)
  }

  #read (message: IncomingMessage, maxBytes: number, resolve: (answer: WholeAnswer) => void): void {
    const parts: Buffer[] = []
    let bytes = 0
    message.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes > maxBytes) this.abort(tooLong(this.#message.url.href, maxBytes))
      else parts.push(part)
    })
    message.on('end', () => { resolve({ message, body: Buffer.concat(parts) }) })
  }
}
