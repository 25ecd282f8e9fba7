/** The process of the people: they sign in, come back, and sign out, so many times in a second. */
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { answerWith } from '../harness/child.ts'
import type { Visits } from './soak.ts'

const TICK = 10

/** More people than are ever signed in at once, each time others. */
const PEOPLE = 100_000

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Cookies of those who are signed in now, and when they came. */
const signedIn: Array<{ readonly cookie: string, readonly at: number }> = []
let visits = 0

async function send (port: number, method: string, path: string, cookie: string | undefined): Promise<IncomingMessage> {
  const headers = cookie === undefined ? {} : { cookie }
  return await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent, method, path, headers }, answer => {
      answer.resume().once('end', () => resolve(answer))
    }).once('error', reject).end()
  })
}

function expectStatus ({ statusCode }: IncomingMessage, status: number, what: string): void {
  if (statusCode !== status) throw new Error(`${what} was answered with ${statusCode}`)
}

async function logIn (port: number): Promise<void> {
  const answer = await send(port, 'POST', `/login/${visits % PEOPLE}`, undefined)
  expectStatus(answer, 204, 'a login')
  const cookie = answer.headers['set-cookie']?.map(line => line.split(';', 1)[0]).join('; ') ?? ''
  signedIn.push({ cookie, at: performance.now() })
}

/** Those who came first leave first, well before their session ends. */
async function logOut (port: number): Promise<void> {
  const person = signedIn.shift()
  if (person === undefined) return
  expectStatus(await send(port, 'POST', '/logout', person.cookie), 204, 'a logout')
  expectStatus(await send(port, 'GET', '/me', person.cookie), 401, 'a person who left')
}

async function visit (port: number): Promise<void> {
  const person = signedIn.at(-1 - visits % Math.max(1, Math.min(signedIn.length, 100)))
  if (person === undefined) return
  expectStatus(await send(port, 'GET', '/me', person.cookie), 200, 'a person who is signed in')
}

async function strange (port: number): Promise<void> {
  expectStatus(await send(port, 'GET', '/me', `__Host-login=${visits}.${'x'.repeat(300)}`), 401, 'a stranger')
}

/** Of ten who come one signs in, one out, two are strangers, and six come back. */
const turns = [logIn, visit, strange, visit, visit, logOut, visit, strange, visit, visit] as const

/** People stay for about ten seconds. */
function isCrowded (): boolean {
  const [oldest] = signedIn
  return oldest !== undefined && performance.now() - oldest.at > 10_000
}

async function comeBy (port: number): Promise<void> {
  const turn = turns[visits++ % turns.length] ?? visit
  await (turn === logOut && !isCrowded() ? visit(port) : turn(port))
}

answerWith({
  async run ({ port, perSecond, milliseconds }: Visits) {
    const begin = performance.now()
    const first = visits
    while (performance.now() - begin < milliseconds) {
      const due = Math.floor((performance.now() - begin) * perSecond / 1000) - (visits - first)
      const together = Array.from({ length: Math.min(due, 64) }, () => comeBy(port))
      await Promise.all([wait(TICK), ...together])
    }
    return visits - first
  }
})
