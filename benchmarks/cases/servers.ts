import type { ServerCase } from './case.ts'

type Server = ServerCase['server']

/** Fastify without any login. */
export const BARE: Server = { module: 'bare', name: 'bare' }

/** What `subjects/fastify-login.ts` exports by this name. */
export function ours (name: string): Server {
  return { module: 'fastify-login', name }
}

/** What most groups begin with. */
export function bareOnce (how: Pick<ServerCase, 'path' | 'sendsAs'>): ServerCase {
  return { name: 'bare', title: 'bare Fastify', server: BARE, ...how }
}

/** What a group begins with that shows the noise. The noise is what two runs of one and the same server differ by. */
export function bareTwice (how: Pick<ServerCase, 'path' | 'sendsAs'>): readonly [ServerCase, ServerCase] {
  return [
    bareOnce(how),
    { name: 'bare-again', title: 'bare Fastify, once more', server: BARE, ...how }
  ]
}
