import { randomBytes } from 'node:crypto'
import { type Awaitable, whenThere } from '../awaitable.ts'
import { SessionTooLarge } from '../errors.ts'
import type { EndReason } from '../events.ts'
import { inParts } from '../in-parts.ts'
import { lookUp } from '../stores/look-up.ts'
import type { Entry, WriteOptions } from '../stores/store.ts'
import type { SetCookie } from './cookies.ts'
import { isOutdated, readGeneration } from './generation.ts'
import { newSessionId, sessionKey, userKeyIn, userKeyOf, userTag } from './handle.ts'
import { isLoggedOut, markKeys } from './logout-marks.ts'
import { OpenedCache } from '../opened-cache.ts'
import { openRecord, sealRecord } from './record-seal.ts'
import {
  beginSession, type EndedSession, idlesAt, isLive, packSession, type Session, type SessionStart, unpackSession
} from './session.ts'
import { type Listed, readListed, type SessionInfo, writeInfo } from './session-info.ts'
import type { Held, Sessions, SessionsParts, Visit, Written } from './sessions.ts'
import { createTicket, type OpenedTicket, openTicket, sealTicket, type Ticket } from './ticket.ts'

/** Characters of a sealed record: what every store keeps and every request can wait for. */
const MOST_CHARACTERS = 500_000

/** A session as the store has it. */
interface Stored {
  readonly session: Session
  readonly ticket: Ticket
  readonly isStale: boolean
  readonly version: string
}

/**
 * Store mode: the cookie holds an id and a key, and the store the record, sealed with that key, under the digest of the
 * id. A request reads once; a write goes over exactly what was read.
 */
export class StoredSessions implements Sessions {
  readonly isLocal = false
  readonly #parts: SessionsParts
  readonly #tickets = new OpenedCache<Ticket>()
  readonly #records = new OpenedCache<Session>()

  constructor (parts: SessionsParts) {
    this.#parts = parts
  }

  find (header: string | undefined, which: 'live' | 'any' = 'live'): Awaitable<Held | undefined> {
    const { cookies } = this.#parts
    const text = header === undefined ? undefined : cookies.session(header)
    const opened = text === undefined ? undefined : openTicket(this.#parts.vault, this.#tickets, text)
    return opened === undefined ? undefined : this.#findStored(opened, which)
  }

  async begin (start: SessionStart, visit: Visit): Promise<Written> {
    const { revocations, settings, store } = this.#parts
    const userKey = userKeyOf(settings.cookie.name, start.userId)
    const ticket = createTicket({ userKey, sessionId: newSessionId(), key: randomBytes(32), marks: start.marks })
    const generation = await revocations.generationOf(userKey)
    const name = { handle: ticket.handle, generation: generation?.id }
    const session = beginSession(start, name, this.#now(), settings.limits)
    const value = await this.#valueOf(session, ticket, visit)
    const cookies = this.#ticketCookies(session, ticket, visit)
    const version = await store.set(sessionKey('session', session.handle), value, this.#writeOptions(session))
    return { held: this.#held({ session, ticket, isStale: false, version }), cookies }
  }

  async end ({ handle }: EndedSession, reason: EndReason): Promise<void> {
    const { store, onEnd } = this.#parts
    const isFirst = await store.delete(sessionKey('session', handle))
    await onEnd?.(handle, reason, isFirst)
  }

  clear (header: string | undefined): readonly SetCookie[] {
    return this.#parts.cookies.clearSession(header)
  }

  async list (userKey: string): Promise<readonly SessionInfo[]> {
    const { store, revocations } = this.#parts
    const listed = await readListed(store, 'session', userKey)
    const current = await revocations.generationOf(userKey)
    const living = listed.filter(({ info: { handle }, generation }) => !isOutdated({ handle, generation }, current))
    return await inParts(living, async some => (await Promise.all(some.map(one => this.#unlessLoggedOut(one)))).flat())
  }

  async endAll (userKey: string, except?: string): Promise<void> {
    await this.#parts.revocations.endAll(userKey, except)
  }

  async #unlessLoggedOut ({ info, marks }: Listed): Promise<readonly SessionInfo[]> {
    const keys = markKeys(marks)
    return keys.length > 0 && isLoggedOut(marks, await this.#parts.store.getMany(keys)) ? [] : [info]
  }

  /** At once where the store knows and the record was opened before. */
  #findStored (opened: OpenedTicket, which: 'live' | 'any'): Awaitable<Held | undefined> {
    const { ticket } = opened
    return whenThere(lookUp(this.#parts.store, ticket.storeKeys), entries => {
      const [entry] = entries
      if (entry === undefined) return undefined
      return whenThere(this.#open(entry, ticket), session => {
        if (session === undefined || (which === 'live' && !this.#isLive(session, ticket, entries))) return undefined
        return this.#held({ session, ticket, isStale: opened.isStale, version: entry.version })
      })
    })
  }

  #isLive (
    session: Session, { marks }: Ticket, [, generation, ...marked]: ReadonlyArray<Entry | undefined>
  ): boolean {
    if (!isLive(session, this.#now(), this.#parts.settings.limits)) return false
    return !isOutdated(session, readGeneration(generation?.value)) && !isLoggedOut(marks, marked)
  }

  #open ({ value }: Entry, ticket: Ticket): Awaitable<Session | undefined> {
    const known = this.#records.get(value)
    return known?.handle === ticket.handle ? known : this.#openUnknown(value, ticket)
  }

  async #openUnknown (value: string, { handle, key }: Ticket): Promise<Session | undefined> {
    const payload = await openRecord(value.slice(value.indexOf('\n') + 1), key)
    const session = payload === undefined ? undefined : unpackSession(payload, handle)
    if (session !== undefined) this.#records.add(value, session)
    return session
  }

  #held (stored: Stored): Held {
    const { session, isStale } = stored
    return { session, isStale, roll: (next, visit) => this.#roll(stored, next, visit) }
  }

  /** The cookie stays as it is, unless a previous secret sealed it or the browser has to keep it longer. */
  async #roll (stored: Stored, next: Session, visit: Visit): Promise<Written | undefined> {
    const { session, ticket, isStale, version } = stored
    const key = sessionKey('session', next.handle)
    const value = await this.#valueOf(next, ticket, visit)
    const written = await this.#parts.store.replace(key, version, value, this.#writeOptions(next))
    if (written === undefined) return undefined
    const isCookieDue = isStale || next.endsAt !== session.endsAt
    return {
      held: this.#held({ session: next, ticket, isStale: false, version: written }),
      cookies: isCookieDue ? this.#ticketCookies(next, ticket, visit) : []
    }
  }

  async #valueOf (session: Session, { key }: Ticket, { device }: Visit): Promise<string> {
    const value = `${writeInfo(session, device)}\n${await sealRecord(packSession(session), key)}`
    if (value.length > MOST_CHARACTERS) throw new SessionTooLarge()
    return value
  }

  #writeOptions (session: Session): WriteOptions {
    const expiresAt = idlesAt(session, this.#parts.settings.limits) * 1000
    return { expiresAt, tags: [userTag(userKeyIn(session.handle))] }
  }

  #ticketCookies (session: Session, ticket: Ticket, { header }: Visit): readonly SetCookie[] {
    const { cookies, vault } = this.#parts
    const maxAge = session.isRemembered ? session.endsAt - this.#now() : undefined
    return cookies.writeSession(sealTicket(vault, ticket), maxAge, header)
  }

  #now (): number {
    return Math.floor(this.#parts.settings.now() / 1000)
  }
}
