import type { EndReason } from '../events.ts'
import { inParts } from '../in-parts.ts'
import { type Awaitable, whenThere } from '../awaitable.ts'
import type { SetCookie } from './cookies.ts'
import { handleOf, newSessionId, sessionKey, userKeyIn, userKeyOf, userTag } from './handle.ts'
import { OpenedCache } from '../opened-cache.ts'
import {
  beginSession, type EndedSession, idlesAt, isLive, lastEndOf, packSession, type SealedSession, type Session,
  type SessionStart, unpackSession
} from './session.ts'
import { readListed, type SessionInfo, writeInfo } from './session-info.ts'
import type { Held, Sessions, SessionsParts, Visit, Written } from './sessions.ts'

/** What cookie mode works with. */
export interface SealedSessionsParts extends SessionsParts {
  /** Whether the list of ended sessions is in this process. */
  readonly isLocal: boolean
}

/** Cookie mode: the whole session is sealed in the browser's cookie. */
export class SealedSessions implements Sessions {
  readonly isLocal: boolean
  readonly #parts: SealedSessionsParts
  readonly #opened = new OpenedCache<Held>({ keeps: 'second sight' })

  constructor (parts: SealedSessionsParts) {
    this.#parts = parts
    this.isLocal = parts.isLocal
  }

  find (
    header: string | undefined, which: 'live' | 'any' = 'live', now = this.#now()
  ): Awaitable<Held | undefined> {
    const held = this.#read(header)
    if (held === undefined || which === 'any') return held
    if (!isLive(held.session, now, this.#parts.settings.limits)) return undefined
    return whenThere(this.#parts.revocations.isEnded(held.session), isEnded => isEnded ? undefined : held)
  }

  async begin (start: SessionStart, visit: Visit): Promise<Written> {
    const userKey = userKeyOf(this.#parts.settings.cookie.name, start.userId)
    const generation = await this.#parts.revocations.generationOf(userKey)
    const name = { handle: handleOf(userKey, newSessionId()), generation: generation?.id }
    return await this.#write(beginSession(start, name, this.#now(), this.#parts.settings.limits), visit)
  }

  async roll (session: Session, visit: Visit): Promise<Written | undefined> {
    return await this.#parts.revocations.isEnded(session) ? undefined : await this.#write(session, visit)
  }

  async end (session: EndedSession, reason: EndReason): Promise<void> {
    const { revocations, store, settings, onEnd } = this.#parts
    const isFirst = await revocations.end(session.handle, lastEndOf(session, this.#now(), settings.limits))
    await store.delete(sessionKey('listed', session.handle))
    await onEnd?.(session.handle, reason, isFirst)
  }

  clear (header: string | undefined): readonly SetCookie[] {
    return this.#parts.cookies.clearSession(header)
  }

  async list (userKey: string): Promise<readonly SessionInfo[]> {
    const { store, revocations } = this.#parts
    const listed = await readListed(store, 'listed', userKey)
    const infos = await inParts(listed, some => Promise.all(some.map(async ({ info, generation, marks }) => {
      return await revocations.isEnded({ handle: info.handle, generation, marks }) ? [] : [info]
    })))
    return infos.flat()
  }

  async endAll (userKey: string, except?: string): Promise<void> {
    await this.#parts.revocations.endAll(userKey, except)
  }

  /** The session in a header, whether it still holds or not. */
  #read (header: string | undefined): Held | undefined {
    const { cookies } = this.#parts
    const text = header === undefined ? undefined : cookies.session(header)
    return text === undefined ? undefined : this.#open(text)
  }

  #open (text: string): Held | undefined {
    const known = this.#opened.get(text)
    if (known !== undefined) return known
    const opened = this.#parts.vault.open('session', text)
    const session = opened === undefined ? undefined : unpackNamed(opened.payload)
    if (opened === undefined || session === undefined) return undefined
    const held = new HeldInCookie(this, session, opened.isStale)
    if (!held.isStale) this.#opened.add(text, held)
    return held
  }

  async #write (session: Session, { header, device }: Visit): Promise<Written> {
    const { vault, cookies, store, settings } = this.#parts
    const sealed: NamedSession = { ...packSession(session), s: session.handle }
    // A remembered cookie lives as long as the session; any other ends with the browser.
    const maxAge = session.isRemembered ? session.endsAt - this.#now() : undefined
    const written = cookies.writeSession(vault.seal('session', sealed), maxAge, header)
    await store.set(sessionKey('listed', session.handle), writeInfo(session, device), {
      expiresAt: idlesAt(session, settings.limits) * 1000, tags: [userTag(userKeyIn(session.handle))]
    })
    return { held: new HeldInCookie(this, session, false), cookies: written }
  }

  #now (): number {
    return Math.floor(this.#parts.settings.now() / 1000)
  }
}

/** A sealed session with its handle, which no store tells. */
interface NamedSession extends SealedSession { readonly s: string }

function unpackNamed (payload: unknown): Session | undefined {
  return unpackSession(payload, (payload as NamedSession).s)
}

class HeldInCookie implements Held {
  readonly #sessions: SealedSessions
  readonly session: Session
  readonly isStale: boolean

  constructor (sessions: SealedSessions, session: Session, isStale: boolean) {
    this.#sessions = sessions
    this.session = session
    this.isStale = isStale
  }

  async roll (session: Session, visit: Visit): Promise<Written | undefined> {
    return await this.#sessions.roll(session, visit)
  }
}
