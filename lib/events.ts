import type { FastifyRequest } from 'fastify'
import type { Identity } from './user.ts'

/**
 * Why a session was ended before its time: the person logged out (or a program gave its tokens back), signed in again,
 * was ended by `login.sessions` or on the page of their sessions, is refused by `loadUser`, or has a grant that the
 * provider took back. What a program was given also ends where its code or one of its refresh tokens was used twice
 * (`reused`).
 */
export type EndReason = 'logout' | 'replaced' | 'ended' | 'userRefused' | 'grantRevoked' | 'reused'

/** Who an event is about. */
export interface Somebody {
  /** `currentUser.id`. */
  readonly userId: string
  readonly sessionHandle: string
  /** Who vouched for the person; undefined where the application checked credentials itself. */
  readonly identity: Identity | undefined
}

/** What the events tell, by their names. None of it is a secret or a token. */
export interface LoginEventMap {
  /** A session has begun, also one that takes the place of another. */
  login: Somebody & { readonly request: FastifyRequest }
  /** A sign-in with the provider came to nothing: the code of the error, and what the provider wrote. */
  loginFailed: { readonly code: string, readonly message: string, readonly request: FastifyRequest }
  /** A person has logged out; it follows on `sessionEnded`. */
  logout: Somebody & { readonly request: FastifyRequest }
  /** A session was ended before its time. One that runs out is no event. */
  sessionEnded: { readonly sessionHandle: string, readonly reason: EndReason }
  /** All sessions of a person were ended, but for one where `except` names it. */
  allSessionsEnded: { readonly userId: string, readonly except: string | undefined }
  /**
   * A program got its first tokens for a person. By `sessionHandle` they can be told from others, as a session can:
   * `sessionEnded` names it, where they are ended before their time.
   */
  programAuthorized: Somebody & { readonly clientId: string, readonly scopes: readonly string[] }
  /** This application issued an access token. */
  tokenIssued: {
    readonly userId: string
    readonly handle: string
    /** The program that it was given to; undefined where it was given to no program. */
    readonly clientId: string | undefined
    /** Seconds since 1970. */
    readonly expiresAt: number
  }
  /** Such a token was ended before its time, with all that have its handle. One that runs out is no event. */
  tokenRevoked: { readonly handle: string }
  /** A new signing key was made; it signs from then on, in seconds since 1970. */
  signingKeyAdded: { readonly keyId: string, readonly signsFrom: number }
  /** A provider gave a new access token for a refresh token. */
  refreshed: { readonly sessionHandle: string, readonly provider: string, readonly scopes: readonly string[] }
  /**
   * It did not: it does not answer (`unavailable`), does not take the refresh token any more (`refused`), or asks for
   * the person's consent (`consentRequired`). What the provider wrote is in `error`.
   */
  refreshFailed: {
    readonly sessionHandle: string
    readonly provider: string
    readonly reason: 'unavailable' | 'refused' | 'consentRequired'
    readonly error: Error
  }
  /** A provider could not be told that tokens are no longer used. They live until they end. */
  revocationFailed: { readonly sessionHandle: string, readonly provider: string, readonly error: Error }
  /** A provider has logged somebody out: one session of its own (`sid`), or all of a person's. */
  backchannelLogout: {
    readonly provider: string
    readonly subject: string | undefined
    readonly sid: string | undefined
  }
  /** A logout token was refused. Where there are several providers, it may say for none of them that it is for. */
  backchannelLogoutFailed: { readonly provider: string | undefined, readonly error: Error }
  /** A provider has logged somebody out through their browser. */
  frontchannelLogout: { readonly provider: string, readonly sid: string }
}

export type LoginEventName = keyof LoginEventMap

/** One function for each event that an application wants to hear of. What it returns is not waited for. */
export type LoginListeners = {
  readonly [Name in LoginEventName]?: (event: LoginEventMap[Name]) => unknown
}

/** The names of all events. */
export const EVENT_NAMES: readonly LoginEventName[] = Object.freeze([
  'login', 'loginFailed', 'logout', 'sessionEnded', 'allSessionsEnded', 'programAuthorized', 'tokenIssued',
  'tokenRevoked', 'signingKeyAdded', 'refreshed', 'refreshFailed', 'revocationFailed', 'backchannelLogout', 'backchannelLogoutFailed',
  'frontchannelLogout'
] as const)

/** Tells the application what happens to logins. A listener that fails harms nobody. */
export class LoginEvents {
  readonly #listeners: LoginListeners
  readonly #onError: (error: unknown, name: LoginEventName) => void

  constructor (listeners: LoginListeners, onError: (error: unknown, name: LoginEventName) => void) {
    this.#listeners = listeners
    this.#onError = onError
  }

  emit<Name extends LoginEventName> (name: Name, event: LoginEventMap[Name]): void {
    const listener = this.#listeners[name]
    if (listener === undefined) return
    const call = async (): Promise<unknown> => await listener(event)
    call().catch(error => { this.#onError(error, name) })
  }
}
