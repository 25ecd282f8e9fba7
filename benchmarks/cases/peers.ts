import type { Goal, ServerCase } from './case.ts'
import { BARE } from './servers.ts'

/** What a group of peers begins with: bare Fastify, which gets the requests of the case `ours`. */
export const bareForPeers: ServerCase = { name: 'bare', title: 'bare Fastify', server: BARE, sendsAs: 'ours' }

/** Where the project wants to be ahead: two requests for each one of a peer that does the same work, and more. */
const TWICE = 2

/** Ahead of each of these by twice and more. */
export function twiceAs (...peers: readonly string[]): readonly Goal[] {
  return peers.map(peer => ({ kind: 'share', with: peer, target: TWICE, limit: TWICE }))
}

/** Behind none of these, though some do less. The limit leaves room for the noise of a busy machine. */
export function asGoodAs (...peers: readonly string[]): readonly Goal[] {
  return peers.map(peer => ({ kind: 'share', with: peer, target: 1, limit: 0.9 }))
}
