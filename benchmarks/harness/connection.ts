import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { type AnswerHead, readHead } from './http.ts'

/** Gives the next request, or undefined when it is enough. */
export type NextRequest = () => Buffer | undefined

/** Judges an answer; throws where it is not what it should be. */
export type Judge = (head: AnswerHead, bytes: Buffer) => void

/** One kept connection: sends the next request as soon as the answer to the last is here whole. It never sleeps. */
export class Connection {
  readonly #socket: Socket

  private constructor (socket: Socket) {
    this.#socket = socket
  }

  static async open (port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Connection(socket)
  }

  /** @throws Error where an answer does not come, or is not what it should be */
  run (next: NextRequest, judge: Judge): Promise<void> {
    const socket = this.#socket
    let unread: Buffer | undefined
    return new Promise<void>((resolve, reject) => {
      function send (): void {
        const request = next()
        if (request === undefined) resolve()
        else socket.write(request)
      }

      function receive (chunk: Buffer): void {
        const bytes = unread === undefined ? chunk : Buffer.concat([unread, chunk])
        const head = readHead(bytes)
        const isWhole = head !== undefined && bytes.length >= head.length
        unread = isWhole ? undefined : bytes
        if (!isWhole) return
        if (bytes.length > head.length) throw new Error('an answer has more bytes than it says')
        judge(head, bytes)
        send()
      }

      function onData (chunk: Buffer): void {
        try {
          receive(chunk)
        } catch (error) {
          reject(error)
        }
      }

      socket.on('data', onData)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the server closed a connection')))
      send()
    }).finally(() => {
      for (const event of ['data', 'error', 'close']) socket.removeAllListeners(event)
      socket.on('error', () => {})
    })
  }

  close (): void {
    this.#socket.destroy()
  }
}
