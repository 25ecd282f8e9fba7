/** The process that sends requests: a closed loop over kept connections. */
import { personOf, PUBLIC_BODY } from '../subjects/people.ts'
import { answerWith } from './child.ts'
import { Connection } from './connection.ts'
import { type Answer, cookieOf, requestOf } from './http.ts'
import type { Load, Span } from './load-process.ts'

const CONNECTIONS = 64

/** How many answers are compared whole before anything is timed. */
const MOST_COMPARED = 100

/** A person who sends requests. */
interface Sender { request: Buffer }

let senders: readonly Sender[] = []
let connections: readonly Connection[] = []
let load: Load
/** Bytes of every body, learnt from those that were compared whole. */
let bodyLength = 0
/** Goes on over rounds, so that people come in turn. */
let position = 0

function nextSender (): Sender | undefined {
  return senders[position++ % senders.length]
}

/** Compares whole answers; those of strangers are as long as the first of them. */
async function compare ({ port, path, status, isOfOnePerson }: Load): Promise<void> {
  const connection = await Connection.open(port)
  for (const [index, { request }] of senders.slice(0, MOST_COMPARED).entries()) {
    const answer = await connection.ask(request)
    const body = answer.bytes.toString('utf8', answer.length - answer.bodyLength)
    const wanted = JSON.stringify(path === '/me' ? personOf(isOfOnePerson ? 0 : index) : PUBLIC_BODY)
    const isRight = answer.status === status && (status !== 200 || body === wanted)
    if (!isRight) throw new Error(`expected ${status} with ${wanted}, but got ${answer.bytes.toString()}`)
    if (index === 0) bodyLength = answer.bodyLength
  }
  connection.close()
}

/** What is looked at of every answer. */
function judge (answer: Answer): void {
  if (answer.status === load.status && answer.bodyLength === bodyLength) return
  throw new Error(`expected ${load.status} with ${bodyLength} bytes, but got ${answer.bytes.toString()}`)
}

function keepCookie (sender: Sender, answer: Answer): void {
  const cookie = cookieOf(answer)
  if (cookie !== undefined) sender.request = requestOf(load.path, { cookie })
}

answerWith({
  async prepare (next: Load) {
    load = next
    senders = load.headers.map(headers => ({ request: requestOf(load.path, headers) }))
    position = 0
    await compare(load)
  },

  async connect () {
    connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(load.port)))
  },

  /** On each connection the next request follows at once: the load never sleeps, and never waits for another one. */
  async run ({ milliseconds, requests: most = Infinity }: Span) {
    const deadline = performance.now() + milliseconds
    let sent = 0
    let answered = 0
    async function keepAsking (connection: Connection): Promise<void> {
      while (sent < most && performance.now() < deadline) {
        const sender = nextSender()
        if (sender === undefined) return
        sent++
        const answer = await connection.ask(sender.request)
        judge(answer)
        answered++
        if (load.keepsCookies) keepCookie(sender, answer)
      }
    }
    await Promise.all(connections.map(keepAsking))
    return answered
  },

  disconnect () {
    for (const connection of connections) connection.close()
    connections = []
  }
})
