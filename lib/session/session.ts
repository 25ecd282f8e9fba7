import { deepFreeze } from '../deep-freeze.ts'
import { SessionTooLarge } from '../errors.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import type { Limits } from '../options/session-settings.ts'
import type { Claims, Identity } from '../user.ts'
import { readMarks, writeMarks, type WrittenMarks } from './logout-marks.ts'
import { plainJson } from './plain-json.ts'

/** A login and its life. All times are seconds since 1970. */
export interface Session {
  /** The public name of the session, new at every login. */
  readonly handle: string
  /** Which generation of its person's sessions it belongs to; undefined where all of them were never ended. */
  readonly generation: string | undefined
  /** `currentUser.id`. */
  readonly userId: string
  readonly identity: Identity | undefined
  /** What the sessions of one tenant are marked with; undefined for one that holds at every site. */
  readonly site?: string | undefined
  /** By which a provider can end it; undefined where none may. */
  readonly marks: LogoutMarks | undefined
  readonly claims: Claims
  readonly userinfo: Claims | undefined
  readonly scopes: readonly string[]
  readonly authenticatedAt: number
  /** When the record was written: idle counts from here. */
  readonly writtenAt: number
  readonly endsAt: number
  /** Length in seconds that the login asked for, where it did. */
  readonly ttl: number | undefined
  /** A time that the session must not outlive: the end that the provider stated. */
  readonly endsBy: number | undefined
  readonly isRemembered: boolean
  readonly isFresh: boolean
}

/** A session to end: the whole of it, or what a login under way remembers. */
export type EndedSession = Pick<Session, 'handle' | 'endsAt'> & Partial<Session>

/** What a login says about its session. */
export interface SessionStart {
  readonly userId: string
  readonly identity?: Identity | undefined
  readonly site?: string | undefined
  readonly marks?: LogoutMarks | undefined
  readonly claims?: Claims
  readonly userinfo?: Claims | undefined
  readonly scopes?: readonly string[]
  readonly remember?: boolean | undefined
  readonly fresh?: boolean | undefined
  /** When the provider says that the person proved who they are; by default now. */
  readonly authenticatedAt?: number | undefined
  /** Seconds; takes the place of `absolute` and `remember`. */
  readonly ttl?: number | undefined
  readonly endsBy?: number | undefined
}

/** The form in which a session is sealed: short keys, because each byte travels with each request. */
export interface SealedSession {
  readonly v: 1
  readonly u: string
  readonly g?: string
  readonly p?: readonly [issuer: string, subject: string, provider: string]
  readonly t?: string
  readonly m?: WrittenMarks
  readonly c?: Claims
  readonly i?: Claims
  readonly o?: readonly string[]
  readonly a: number
  readonly w: number
  readonly e: number
  readonly l?: number
  readonly x?: number
  readonly r?: 1
  readonly f?: 1
}

/** When a session of this kind ends that counts from now on. */
function endOf (session: Pick<Session, 'ttl' | 'endsBy' | 'isRemembered'>, now: number, limits: Limits): number {
  const length = session.isRemembered && limits.remember !== false ? limits.remember : limits.absolute
  return Math.min(now + (session.ttl ?? length), session.endsBy ?? Infinity)
}

/**
 * When the last copy of a session ends that may be about, also one that was renewed elsewhere. A session of which no
 * more is known than its end could be a remembered one.
 */
export function lastEndOf (session: EndedSession, now: number, { absolute, remember }: Limits): number {
  const { endsAt, ttl, isRemembered } = session
  const longest = isRemembered === false || remember === false ? absolute : Math.max(absolute, remember)
  return Math.max(endsAt, now + (ttl ?? longest))
}

/** What a session is called, and to which generation it belongs. */
export type SessionName = Pick<Session, 'handle' | 'generation'>

export function beginSession (
  start: SessionStart, { handle, generation }: SessionName, now: number, limits: Limits
): Session {
  const { ttl, endsBy } = start
  const isRemembered = start.remember === true && limits.remember !== false
  return Object.freeze({
    handle,
    generation,
    userId: start.userId,
    identity: start.identity,
    site: start.site,
    marks: start.marks,
    claims: plainJson(start.claims ?? {}, SessionTooLarge),
    userinfo: start.userinfo === undefined ? undefined : plainJson(start.userinfo, SessionTooLarge),
    scopes: Object.freeze([...start.scopes ?? []]),
    authenticatedAt: Math.min(start.authenticatedAt ?? now, now),
    writtenAt: now,
    endsAt: endOf({ ttl, endsBy, isRemembered }, now, limits),
    ttl,
    endsBy,
    isRemembered,
    isFresh: start.fresh ?? true
  })
}

/** Whether the same provider vouched for the same person. */
export function isSamePerson ({ identity: one }: Session, { identity: other }: Pick<SessionStart, 'identity'>): boolean {
  return one !== undefined && one.issuer === other?.issuer && one.subject === other.subject
}

/** Whether the session still holds. A remembered one does not end by being idle. */
export function isLive (session: Session, now: number, limits: Limits): boolean {
  return now < idlesAt(session, limits)
}

/** When the session is over unless it is used before. */
export function idlesAt (session: Session, limits: Limits): number {
  const isKept = session.isRemembered && limits.remember !== false
  return isKept ? session.endsAt : Math.min(session.endsAt, session.writtenAt + limits.idle)
}

/** A remembered login that comes back after the idle time is no longer fresh. */
export function isStillFresh (session: Session, now: number, limits: Limits): boolean {
  return session.isFresh && now < session.writtenAt + limits.idle
}

export function isRollDue (session: Session, now: number, limits: Limits): boolean {
  return now - session.writtenAt >= limits.rollInterval
}

/** The same session, used now. */
export function rollSession (session: Session, now: number, limits: Limits): Session {
  return Object.freeze({ ...session, writtenAt: now, isFresh: isStillFresh(session, now, limits) })
}

/** The same session with its full length from now on. It keeps its id, and is as fresh as it was. */
export function renewSession (session: Session, now: number, limits: Limits): Session {
  return Object.freeze({ ...rollSession(session, now, limits), endsAt: endOf(session, now, limits) })
}

/** The same session, used now, with other claims. */
export function updateSession (session: Session, claims: Claims, now: number, limits: Limits): Session {
  return Object.freeze({ ...rollSession(session, now, limits), claims: plainJson(claims, SessionTooLarge) })
}

export function packSession (session: Session): SealedSession {
  const { identity, marks, claims, userinfo, scopes } = session
  return {
    v: 1,
    u: session.userId,
    ...(session.generation === undefined ? {} : { g: session.generation }),
    ...(identity === undefined ? {} : { p: [identity.issuer, identity.subject, identity.provider] }),
    ...(session.site === undefined ? {} : { t: session.site }),
    ...(marks === undefined ? {} : { m: writeMarks(marks) }),
    ...(Object.keys(claims).length === 0 ? {} : { c: claims }),
    ...(userinfo === undefined ? {} : { i: userinfo }),
    ...(scopes.length === 0 ? {} : { o: scopes }),
    a: session.authenticatedAt,
    w: session.writtenAt,
    e: session.endsAt,
    ...(session.ttl === undefined ? {} : { l: session.ttl }),
    ...(session.endsBy === undefined ? {} : { x: session.endsBy }),
    ...(session.isRemembered ? { r: 1 } : {}),
    ...(session.isFresh ? { f: 1 } : {})
  }
}

/** The session of an opened seal; undefined for one of another version. */
export function unpackSession (payload: unknown, handle: string): Session | undefined {
  const sealed = payload as SealedSession
  if (sealed.v !== 1) return undefined
  const { p: identity } = sealed
  return Object.freeze({
    handle,
    generation: sealed.g,
    userId: sealed.u,
    identity: identity === undefined
      ? undefined
      : Object.freeze({ issuer: identity[0], subject: identity[1], provider: identity[2] }),
    site: sealed.t,
    marks: sealed.m === undefined ? undefined : readMarks(sealed.m),
    claims: deepFreeze(sealed.c ?? {}),
    userinfo: sealed.i === undefined ? undefined : deepFreeze(sealed.i),
    scopes: Object.freeze(sealed.o ?? []),
    authenticatedAt: sealed.a,
    writtenAt: sealed.w,
    endsAt: sealed.e,
    ttl: sealed.l,
    endsBy: sealed.x,
    isRemembered: sealed.r === 1,
    isFresh: sealed.f === 1
  })
}
