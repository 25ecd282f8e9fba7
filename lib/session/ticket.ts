import { digestOf } from '../digest.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import type { Vault } from '../vault.ts'
import { generationKey, handleOf, sessionKey, userKeyIn } from './handle.ts'
import { markKeys, readMarks, writeMarks, type WrittenMarks } from './logout-marks.ts'
import type { OpenedCache } from '../opened-cache.ts'

/** What the cookie of store mode holds: where the record is, and the key that opens it. */
export interface Ticket {
  /** 32 random bytes; the store knows only their digest. */
  readonly sessionId: string
  readonly handle: string
  /** 32 bytes, which no store has. */
  readonly key: Uint8Array
  /** By which a provider can end the session: they are asked for together with the record. */
  readonly marks?: LogoutMarks | undefined
  /** What a store is asked at each request: the record, the generation of its person, and the marks. */
  readonly storeKeys: readonly string[]
}

/** What a ticket is made of. */
export type TicketParts = Pick<Ticket, 'sessionId' | 'key' | 'marks'> & { readonly userKey: string }

export function createTicket ({ userKey, sessionId, key, marks }: TicketParts): Ticket {
  const handle = handleOf(userKey, digestOf(sessionId))
  const storeKeys = [sessionKey('session', handle), generationKey(userKey), ...markKeys(marks)]
  return Object.freeze({ sessionId, handle, key, marks, storeKeys: Object.freeze(storeKeys) })
}

interface SealedTicket {
  readonly v: 1
  readonly s: string
  readonly k: string
  readonly u: string
  readonly m?: WrittenMarks
}

export interface OpenedTicket {
  readonly ticket: Ticket
  /** A previous secret sealed it. */
  readonly isStale: boolean
}

export function sealTicket (vault: Vault, { sessionId, handle, key, marks }: Ticket): string {
  const sealed: SealedTicket = {
    v: 1,
    s: sessionId,
    k: Buffer.from(key).toString('base64url'),
    u: userKeyIn(handle),
    ...(marks === undefined ? {} : { m: writeMarks(marks) })
  }
  return vault.seal('ticket', sealed)
}

/** The ticket in a cookie, or undefined where it was not sealed here. */
export function openTicket (vault: Vault, cache: OpenedCache<Ticket>, text: string): OpenedTicket | undefined {
  const known = cache.get(text)
  if (known !== undefined) return { ticket: known, isStale: false }
  const opened = vault.open('ticket', text)
  const sealed = opened?.payload as SealedTicket | undefined
  if (opened === undefined || sealed?.v !== 1) return undefined
  const { s: sessionId, k: key, u: userKey, m: marks } = sealed
  const ticket = createTicket({
    userKey, sessionId, key: Buffer.from(key, 'base64url'), marks: marks === undefined ? undefined : readMarks(marks)
  })
  if (!opened.isStale) cache.add(text, ticket)
  return { ticket, isStale: opened.isStale }
}
