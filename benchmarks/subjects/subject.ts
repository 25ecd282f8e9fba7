import type { LoginSettings } from './logins/settings.ts'

/** What access tokens are signed with. */
export type Algorithm = 'RS256' | 'ES256' | 'EdDSA'

/** What the harness gives a subject. A subject takes what it needs. */
export interface SubjectSettings {
  /** Of a Redis server that the harness started, empty and for this process alone. */
  readonly redisUrl?: string
  /** Private keys as PEM, the same in all processes of a run: what one signs, another verifies. */
  readonly privateKeys: Readonly<Record<Algorithm, string>>
  /** For a server whose logins are measured: with whom it signs people in. */
  readonly login?: LoginSettings
}

/** The headers that one person's requests send: a cookie, or a token. */
export type SignedInHeaders = Readonly<Record<string, string>>

/** More people than this are signed in by another process of the same server. */
export const CROWD = 1000

/** A server that is measured, in a process of its own. It has no logger and listens on a free port of loopback. */
export interface Subject {
  start (settings: SubjectSettings): Promise<RunningSubject>
}

/**
 * A subject that listens. All of them serve the same: `GET /me`, which is guarded and answers the person of the
 * session, and `GET /public`, which says the same to everybody.
 */
export interface RunningSubject {
  readonly port: number
  /**
   * Signs in so many different people by the subject's own means: `personOf(0)`, `personOf(1)` and so on.
   * Called again, it goes on with new sessions of the same people.
   */
  signIn (people: number): Promise<readonly SignedInHeaders[]>
  close (): Promise<void>
}
