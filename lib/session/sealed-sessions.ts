import type { Settings } from '../options/settings.ts'
import { joinChunks } from './chunks.ts'
import type { Cookies, SetCookie } from './cookies.ts'
import { OpenedCache } from './opened-cache.ts'
import type { Revocations } from './revocations.ts'
import { type EndedSession, isLive, lastEndOf, packSession, type Session, unpackSession } from './session.ts'
import type { Found, Sessions } from './sessions.ts'
import type { Vault } from '../vault.ts'

/** Browsers keep no cookie longer (RFC 6265bis, section 5.6.2); a longer session is written again before. */
const LONGEST_MAX_AGE = 400 * 86_400

/** Cookie mode: the whole session is sealed in the browser's cookie. Everything here is synchronous. */
export class SealedSessions implements Sessions {
  readonly #vault: Vault
  readonly #cookies: Cookies
  readonly #revocations: Revocations
  readonly #settings: Pick<Settings, 'limits' | 'now'>
  readonly #opened = new OpenedCache()

  constructor (vault: Vault, cookies: Cookies, revocations: Revocations, settings: Pick<Settings, 'limits' | 'now'>) {
    this.#vault = vault
    this.#cookies = cookies
    this.#revocations = revocations
    this.#settings = settings
  }

  find (header: string | undefined, which: 'live' | 'any' = 'live'): Found | undefined {
    const found = this.#read(header)
    if (which === 'any') return found
    if (found === undefined || !isLive(found.session, this.#now(), this.#settings.limits)) return undefined
    return this.#revocations.isEnded(found.session.sessionId) ? undefined : found
  }

  write (session: Session, header: string | undefined): readonly SetCookie[] {
    const text = this.#vault.seal('session', packSession(session))
    // A remembered cookie lives as long as the session; any other ends with the browser.
    const maxAge = session.isRemembered ? Math.min(session.endsAt - this.#now(), LONGEST_MAX_AGE) : undefined
    return this.#cookies.writeSession(text, maxAge, header)
  }

  roll (session: Session, header: string | undefined): readonly SetCookie[] | undefined {
    return this.#revocations.isEnded(session.sessionId) ? undefined : this.write(session, header)
  }

  end (session: EndedSession): void {
    const now = this.#now()
    this.#revocations.end(session.sessionId, lastEndOf(session, now, this.#settings.limits), now)
  }

  clear (header: string | undefined): readonly SetCookie[] {
    return this.#cookies.clearSession(header)
  }

  /** The session in a header, whether it still holds or not. */
  #read (header: string | undefined): Found | undefined {
    if (header === undefined || !this.#cookies.mayHaveSession(header)) return undefined
    const text = joinChunks(this.#cookies.sessionName, this.#cookies.read(header))
    return text === undefined ? undefined : this.#open(text)
  }

  #open (text: string): Found | undefined {
    const known = this.#opened.get(text)
    if (known !== undefined) return { session: known, isStale: false }
    const opened = this.#vault.open('session', text)
    const session = opened === undefined ? undefined : unpackSession(opened.payload)
    if (opened === undefined || session === undefined) return undefined
    if (!opened.isStale) this.#opened.add(text, session)
    return { session, isStale: opened.isStale }
  }

  #now (): number {
    return Math.floor(this.#settings.now() / 1000)
  }
}
