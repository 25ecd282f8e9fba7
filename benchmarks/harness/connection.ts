import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Answer, readAnswer } from './http.ts'

interface Asker {
  resolve (answer: Answer): void
  reject (error: unknown): void
}

/** A kept connection that takes one request after the other. */
export class Connection {
  readonly #socket: Socket
  #asker: Asker | undefined
  #unread: Buffer | undefined

  private constructor (socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => this.#receive(chunk))
    socket.on('error', error => this.#asker?.reject(error))
    socket.on('close', () => this.#asker?.reject(new Error('the server closed a connection')))
  }

  static async open (port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Connection(socket)
  }

  /** @throws Error where no answer comes, or one that cannot be read */
  ask (request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#asker = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close (): void {
    this.#asker = undefined
    this.#socket.destroy()
  }

  #receive (chunk: Buffer): void {
    const bytes = this.#unread === undefined ? chunk : Buffer.concat([this.#unread, chunk])
    const asker = this.#asker
    try {
      const answer = readAnswer(bytes)
      this.#unread = answer === undefined ? bytes : undefined
      if (answer === undefined) return
      this.#asker = undefined
      asker?.resolve(answer)
    } catch (error) {
      asker?.reject(error)
    }
  }
}
