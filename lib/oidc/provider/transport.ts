import http from 'node:http'
import https from 'node:https'
import { type Agents, Attempt, type Message } from './attempt.ts'
import { type BoundedFetch, type Bounds, createBoundedFetch, type FetchOptions, timeoutError } from './bounded-fetch.ts'
import { createIsUntouched } from './global-fetch.ts'
import { toResponse, type WholeAnswer } from './whole-answer.ts'

/** How requests reach providers where the application says nothing about it. */
export interface Transport {
  /** A fetch whose every answer is bounded, and which follows no redirect. */
  boundedFetch (bounds: Bounds): BoundedFetch
  /** Ends the connections that wait for another request, and keeps none any more. */
  close (): void
}

/**
 * An idle connection is ended after 4 seconds, or a second before the other side says that it will, so that hardly one
 * is closed by the other side just when it is used.
 */
const IDLE = 4_000
/** Connections to one host. Where so many are in use, further requests wait for one. */
const MOST = Object.freeze({ maxSockets: 256, maxFreeSockets: 32 })

/** @throws TypeError for an address with a user in it, as fetch does */
function toMessage (address: string, { method = 'GET', headers, body }: FetchOptions): Message {
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') throw new TypeError('The address of a request must not name a user')
  const own = headers instanceof Headers ? Object.fromEntries(headers) : headers as Record<string, string> | undefined
  return { url, method, headers: { 'accept-encoding': 'identity', ...own }, body: body?.toString() }
}

/** @throws TimeoutError, RangeError for an answer that is too long, and whatever is wrong with the connection */
async function exchange (message: Message, agents: Agents, { timeout, maxBytes }: Bounds): Promise<WholeAnswer> {
  let attempt = new Attempt(message, agents, maxBytes)
  // A loop that was blocked runs its timers before it reads its sockets, where the answer may lie by now.
  const timer = setTimeout(() => setImmediate(() => { attempt.abort(timeoutError(timeout)) }), timeout).unref()
  const answer = attempt.answer.catch(async cause => {
    if (!attempt.mayRepeat) throw cause
    attempt = new Attempt(message, undefined, maxBytes)
    return await attempt.answer
  })
  return await answer.finally(() => { clearTimeout(timer) })
}

/**
 * The transport of an application: connections of its own that are kept, at half the cost of the global fetch. Where
 * somebody has changed how the global fetch sends, the global fetch sends.
 */
export function createTransport (): Transport {
  const agents: Agents = {
    http: new http.Agent({ keepAlive: true, timeout: IDLE, ...MOST }),
    https: new https.Agent({ keepAlive: true, timeout: IDLE, ...MOST })
  }
  const isUntouched = createIsUntouched()

  function boundedFetch (bounds: Bounds): BoundedFetch {
    const overFetch = createBoundedFetch((input, init) => fetch(input, init), bounds)
    return async function fetchBounded (url, options) {
      if (!isUntouched()) return await overFetch(url, options)
      const answer = await exchange(toMessage(url, options), agents, bounds)
      return await toResponse(answer, bounds.maxBytes)
    }
  }

  function close (): void {
    for (const agent of [agents.http, agents.https]) {
      agent.maxFreeSockets = 0
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy()
    }
  }

  return Object.freeze({ boundedFetch, close })
}
