import { GuardUnwired } from '../errors.ts'
import { type LoginOptions, resolveLoginStart } from '../guard/login-start.ts'
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
 * @throws GuardUnwired where it is not
 * @example
 * const alice = await signedIn(app, 'alice')
 * const response = await app.inject({ url: '/me', ...alice })
 */
export async function signedIn (
  app: ReadyApp, user: string | AuthUser, { login, ...options }: SignedInOptions = {}
): Promise<SignedIn> {
  await whenReady(app)
  const realm = realmOf(app, login)
  if (realm === undefined) throw new GuardUnwired()
  const visit = { header: undefined, device: 'Test' }
  const { cookies } = await realm.sessions.begin(resolveLoginStart(user, options), visit)
  return { headers: { cookie: cookies.map(({ line }) => line.split(';', 1)[0]).join('; ') } }
}
