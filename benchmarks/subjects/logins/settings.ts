import type { RunningSubject, SubjectSettings } from '../subject.ts'

/** What a server is started with whose logins are measured. */
export interface LoginSettings {
  /** Our client at the provider with which all of them sign people in. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** A free port for the server: its address stands in what it asks of the provider. */
  readonly port: number
}

/** Where every server begins a login, and where the provider answers. `/me` says who signed in. */
export const LOGIN_PATH = '/auth/login'
export const CALLBACK_PATH = '/auth/callback'
export const SCOPE = 'openid profile email'
export const SECRET = 'the benchmarks are no secret: 0123456789'

/** @throws Error where the harness gives none */
export function loginSettingsOf ({ login }: SubjectSettings): LoginSettings {
  if (login === undefined) throw new Error('the server needs a provider')
  return login
}

/** The address where a server is. */
export function addressOf ({ port }: LoginSettings): string {
  return `http://127.0.0.1:${port}`
}

/** Nobody signs in here but through the provider, as the browser of the case does. */
export const signIn: RunningSubject['signIn'] = async () => []

/** What a session keeps of an ID token: what is about the person, as fastify-login keeps it. */
export function personIn (claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { iss: _iss, aud: _aud, exp: _exp, iat: _iat, nonce: _nonce, at_hash: _atHash, ...person } = claims
  return person
}
