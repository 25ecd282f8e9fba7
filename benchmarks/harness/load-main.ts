/** The process that sends requests: a closed loop over kept connections. */
import { personOf, PUBLIC_BODY } from '../subjects/people.ts'
import { answerWith } from './child.ts'
import { Connection, type Judge } from './connection.ts'
import { type AnswerHead, requestOf } from './http.ts'
import type { Load, Span } from './load-process.ts'

const CONNECTIONS = 64

/** How many answers are compared whole before anything is timed. */
const MOST_COMPARED = 100

let requests: readonly Buffer[] = []
let connections: readonly Connection[] = []
let port = 0
/** What every answer has to be, learnt from those that were compared whole. */
let expected: Pick<AnswerHead, 'status' | 'bodyLength'>
/** Goes on over rounds, so that people come in turn. */
let position = 0

function bodyOf (path: Load['path'], index: number): string {
  return JSON.stringify(path === '/me' ? personOf(index) : PUBLIC_BODY)
}

/** Sends one request and gives the answer. */
async function ask (connection: Connection, request: Buffer): Promise<{ head: AnswerHead, body: string }> {
  let answer: { head: AnswerHead, body: string } | undefined
  const keep: Judge = (head, bytes) => {
    answer = { head, body: bytes.toString('utf8', head.length - head.bodyLength) }
  }
  await connection.run(() => answer === undefined ? request : undefined, keep)
  if (answer === undefined) throw new Error('no answer')
  return answer
}

/** Compares whole answers; those of strangers are as long as the first of them. */
async function compare ({ path, status, isOfOnePerson }: Load): Promise<void> {
  const connection = await Connection.open(port)
  for (const [index, request] of requests.slice(0, MOST_COMPARED).entries()) {
    const { head, body } = await ask(connection, request)
    if (head.status !== status) throw new Error(`expected ${status}, but got ${head.status}: ${body}`)
    const wanted = bodyOf(path, isOfOnePerson ? 0 : index)
    if (status === 200 && body !== wanted) throw new Error(`expected ${wanted}, but got ${body}`)
    if (index === 0) expected = head
  }
  connection.close()
}

function judge ({ status, bodyLength }: AnswerHead, bytes: Buffer): void {
  if (status === expected.status && bodyLength === expected.bodyLength) return
  throw new Error(`expected ${expected.status} with ${expected.bodyLength} bytes, but got:\n${bytes.toString()}`)
}

answerWith({
  async prepare (load: Load) {
    port = load.port
    requests = load.headers.map(headers => requestOf(load.path, headers))
    position = 0
    await compare(load)
  },

  async connect () {
    connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)))
  },

  async run ({ milliseconds, requests: most = Infinity }: Span) {
    const deadline = performance.now() + milliseconds
    let sent = 0
    let answered = 0
    function next (): Buffer | undefined {
      if (sent === most || performance.now() > deadline) return undefined
      sent++
      return requests[position++ % requests.length]
    }
    await Promise.all(connections.map(connection => connection.run(next, (head, bytes) => {
      judge(head, bytes)
      answered++
    })))
    return answered
  },

  disconnect () {
    for (const connection of connections) connection.close()
    connections = []
  }
})
