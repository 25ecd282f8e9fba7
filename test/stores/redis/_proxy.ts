import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** One connection through a proxy. */
export interface ProxiedConnection {
  /** What the client has sent so far. */
  readonly sent: () => string
  /** Whether the server has answered something that is held back. */
  readonly holdsAnswers: () => boolean
  /** Keeps what the server says, and goes on to pass what the client says. */
  hold (): void
  /** Passes what was kept, and all that follows. */
  release (): void
  /** Ends both sides without a good-bye. */
  reset (): void
}

/** Stands between clients and a Redis server. */
export interface Proxy {
  readonly url: string
  /** All that were made, in their order. */
  readonly connections: readonly ProxiedConnection[]
  /** The connections on which changes are told. */
  readonly tracking: () => readonly ProxiedConnection[]
  /** From now on what servers say arrives in pieces of so many bytes. */
  split (bytes: number): void
  /** Resets each connection that sends this text. */
  resetAt (text: string | undefined): void
}

interface Behaviour { pieces: number, reset: string | undefined }

const piecesOf = (bytes: Buffer, size: number): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

function pass (client: Socket, port: number, behaviour: Behaviour): ProxiedConnection {
  const server = connect(port, '127.0.0.1')
  const kept: Buffer[] = []
  let [sent, isHeld] = ['', false]
  const both = [client, server]
  const reset = (): void => { for (const socket of both) socket.resetAndDestroy() }
  const release = (): void => {
    isHeld = false
    for (const bytes of kept.splice(0)) client.write(bytes)
  }
  for (const socket of both) {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => { for (const each of both) each.destroy() })
  }
  client.on('data', bytes => {
    sent += bytes.toString('latin1')
    if (behaviour.reset !== undefined && sent.includes(behaviour.reset)) reset()
    else server.write(bytes)
  })
  server.on('data', bytes => {
    kept.push(...piecesOf(bytes, Math.min(behaviour.pieces, bytes.length)))
    if (isHeld) return
    if (behaviour.pieces === Infinity) release()
    else passSlowly()
  })
  /** Each piece in a turn of its own, so that none goes along with the next. */
  function passSlowly (): void {
    const piece = isHeld ? undefined : kept.shift()
    if (piece !== undefined) client.write(piece, () => setImmediate(passSlowly))
  }
  return { sent: () => sent, holdsAnswers: () => isHeld && kept.length > 0, hold () { isHeld = true }, release, reset }
}

interface Teardown { teardown (work: () => unknown): unknown }

export async function startProxy (t: Teardown, port: number): Promise<Proxy> {
  const connections: ProxiedConnection[] = []
  const behaviour: Behaviour = { pieces: Infinity, reset: undefined }
  const server: Server = createServer(client => { connections.push(pass(client, port, behaviour)) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const connection of connections) connection.reset()
  })
  return {
    url: `redis://127.0.0.1:${Object(server.address()).port}`,
    connections,
    tracking: () => connections.filter(({ sent }) => sent().includes('__redis__:invalidate')),
    split (bytes) { behaviour.pieces = bytes },
    resetAt (text) { behaviour.reset = text }
  }
}
