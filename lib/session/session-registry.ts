import { ArgumentInvalid } from '../errors.ts'
import type { LoginEvents } from '../events.ts'
import type { Settings } from '../options/settings.ts'
import type { AuthUser } from '../user.ts'
import { GENERATION_LIFE } from './generation.ts'
import { isHandle, userKeyIn, userKeyOf } from './handle.ts'
import type { SessionInfo } from './session-info.ts'
import type { Sessions } from './sessions.ts'

/** Whose sessions: the id of a person, or the person. */
export type Person = string | Pick<AuthUser, 'id'>

/** A session: its handle, or what a list says of it. */
export type NamedSession = string | Pick<SessionInfo, 'handle'>

export interface EndAllOptions {
  /** The session that lives on. */
  readonly except?: NamedSession | undefined
}

function idOf (person: Person): string {
  const id: unknown = typeof person === 'object' && person !== null ? person.id : person
  if (typeof id === 'string' && id !== '') return id
  throw new ArgumentInvalid('Sessions belong to the id of a person, a text that is not empty, or to an AuthUser.')
}

function handle (session: NamedSession): string {
  const named: unknown = typeof session === 'object' && session !== null ? session.handle : session
  if (isHandle(named)) return named
  throw new ArgumentInvalid('A session is named by its handle, or by an entry of the list.')
}

/** Everybody's sessions, seen from outside a request. */
export class SessionRegistry {
  readonly #sessions: Sessions
  readonly #settings: Pick<Settings, 'cookie' | 'now'>
  readonly #events: LoginEvents

  constructor (sessions: Sessions, settings: Pick<Settings, 'cookie' | 'now'>, events: LoginEvents) {
    this.#sessions = sessions
    this.#settings = settings
    this.#events = events
  }

  /**
   * The live sessions of a person, those used last first. In cookie mode without a store these are the sessions that
   * were begun or prolonged since this process started.
   *
   * @throws ArgumentInvalid, StoreUnavailable
   * @example for (const { handle, device } of await app.login.sessions.list('alice')) …
   */
  async list (person: Person): Promise<readonly SessionInfo[]> {
    return await this.#sessions.list(this.#userKey(person))
  }

  /**
   * Ends one session, wherever its cookie is. Ending one that is over already changes nothing.
   *
   * @throws ArgumentInvalid, StoreUnavailable, and then the session may live
   */
  async end (session: NamedSession): Promise<void> {
    const endsAt = Math.floor(this.#settings.now() / 1000) + GENERATION_LIFE
    await this.#sessions.end({ handle: handle(session), endsAt }, 'ended')
  }

  /**
   * Ends all sessions of a person that were begun until now, in one write. Later logins are not concerned. To except
   * a session that was ended before does not revive it.
   *
   * @throws ArgumentInvalid, StoreUnavailable, and then the sessions may live
   * @example await app.login.sessions.endAll('alice', { except: request.currentUser.sessionHandle })
   */
  async endAll (person: Person, { except }: EndAllOptions = {}): Promise<void> {
    const key = this.#userKey(person)
    const spared = except === undefined ? undefined : handle(except)
    if (spared !== undefined && userKeyIn(spared) !== key) {
      throw new ArgumentInvalid('The session to except is another person\'s.')
    }
    await this.#sessions.endAll(key, spared)
    this.#events.emit('allSessionsEnded', { userId: idOf(person), except: spared })
  }

  #userKey (person: Person): string {
    return userKeyOf(this.#settings.cookie.name, idOf(person))
  }
}
