import { GuardUnwired } from '../errors.ts'
import { type LoginOptions, resolveLoginStart } from '../guard/login-start.ts'
import { issueToken, type IssueTokenOptions } from '../guard/own-tokens.ts'
import { realmOf } from '../guard/realm.ts'
import type { AuthUser, LoginName } from '../user.ts'

/** What a request of a signed-in person carries. */
export interface SignedIn {
  /** For `app.inject`, `fetch` or a WebSocket. */
  readonly headers: { readonly cookie: string }
}

/** How a person is signed in for a test: as with `loginUser`. */
export interface SignedInOptions extends LoginOptions {
  /** Name of the registration, where the plugin is registered several times. @default the one without a name */
  login?: LoginName
  /** What the requests carry. @default 'cookie' */
  via?: 'cookie'
}

/** What a request with an access token carries. */
export interface SignedInByToken {
  /** For `app.inject` or `fetch`. */
  readonly headers: { readonly authorization: string }
}

/** How a person gets an access token for a test: as with `login.issueToken`. */
export interface SignedInByTokenOptions extends IssueTokenOptions {
  via: 'bearer'
  /** Name of the registration, where the plugin is registered several times. @default the one without a name */
  login?: LoginName
}

/** What is needed of a Fastify instance; every one fits, whatever its server, logger and type provider are. */
interface ReadyApp {
  ready (listener: (error: Error | null) => void): unknown
}

/** A scope takes only a callback once the application is up: its promise throws or never settles. */
function whenReady (app: ReadyApp): Promise<void> {
  return new Promise((resolve, reject) => {
    app.ready(error => {
      if (error instanceof Error) reject(error)
      else resolve()
    })
  })
}

/**
 * Signs a person in without a login page, for tests.
 *
 * @param app the instance, or the scope, that the plugin is registered in
 * @throws GuardUnwired where it is not; BearerUnset for a token where the application issues none
 * @example
 * const alice = await signedIn(app, 'alice')
 * const response = await app.inject({ url: '/me', ...alice })
 * const reader = await signedIn(app, 'alice', { via: 'bearer', scopes: ['reports.read'] })
 */
export async function signedIn (
  app: ReadyApp, user: string | AuthUser, options?: SignedInOptions
): Promise<SignedIn>
export async function signedIn (
  app: ReadyApp, user: string | AuthUser, options: SignedInByTokenOptions
): Promise<SignedInByToken>
export async function signedIn (
  app: ReadyApp, user: string | AuthUser, { login, via, ...options }: SignedInOptions | SignedInByTokenOptions = {}
): Promise<SignedIn | SignedInByToken> {
  await whenReady(app)
  const realm = realmOf(app, login)
  if (realm === undefined) throw new GuardUnwired()
  if (via === 'bearer') {
    const { accessToken } = await issueToken(realm, user, options)
    return { headers: { authorization: `Bearer ${accessToken}` } }
  }
  const visit = { header: undefined, device: 'Test' }
  const { cookies } = await realm.sessions.begin(resolveLoginStart(user, options), visit)
  return { headers: { cookie: cookies.map(({ line }) => line.split(';', 1)[0]).join('; ') } }
}
