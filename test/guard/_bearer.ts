import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { BearerToken, type BearerTokenDetails } from '../../lib/bearer-token.ts'
import { LoginEvents } from '../../lib/events.ts'
import type { AccessTokenJudge } from '../../lib/guard/access-proof.ts'
import { createHooks } from '../../lib/guard/hooks.ts'
import { bindRealm, createRealm, type Realm, SLOT } from '../../lib/guard/realm.ts'
import type { AuthOptions } from '../../lib/index.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { createCookies } from '../../lib/session/cookies.ts'
import { createRevocations, createSessions } from '../../lib/session/create-sessions.ts'
import { IssuedTokens } from '../../lib/session/issued-tokens.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import { createVault } from '../../lib/vault.ts'
import { Log, secret } from './_app.ts'

/** A token that was judged. */
export function aToken (details: Partial<BearerTokenDetails> = {}, text = 'a-token'): BearerToken {
  return new BearerToken(text, {
    userId: 'alice',
    identity: undefined,
    subject: 'alice',
    clientId: undefined,
    audience: [],
    scopes: [],
    claims: {},
    id: undefined,
    issuedAt: undefined,
    expiresAt: 2_000_000_000,
    authenticatedAt: undefined,
    confirmation: undefined,
    ...details
  })
}

/** The headers of a request that shows a token. */
export function bearer (text: string): { readonly authorization: string } {
  return { authorization: `Bearer ${text}` }
}

/** The guard floor alone, with a judge of its own, or one that knows the tokens which are issued there. */
export async function createJudgedApp (
  t: Test,
  judge: AccessTokenJudge | ((issued: IssuedTokens) => AccessTokenJudge),
  options: Partial<AuthOptions> = {},
  log = new Log()
): Promise<{ readonly app: FastifyInstance, readonly realm: Realm }> {
  const app = Fastify({ logger: log.logger })
  t.teardown(() => app.close())
  const settings = resolveSettings({ secret: secret(), ...options })
  const vault = await createVault(app, settings.secrets, settings.cookie.name)
  const cookies = createCookies(settings)
  const store = new MemoryStore(settings)
  const events = new LoginEvents({}, () => {})
  const revocations = createRevocations({ settings, store })
  const sessions = createSessions({ vault, cookies, store, settings }, revocations)
  const issued = new IssuedTokens({ vault, revocations, settings, events })
  const realm = createRealm({
    settings,
    events,
    cookies,
    sessions,
    signIn: undefined,
    bearer: typeof judge === 'function' ? judge(issued) : judge,
    issued,
    keys: undefined,
    challenge: 'Cookie realm="login"',
    resourceMetadata: 'https://app.example/.well-known/oauth-protected-resource'
  })
  app.decorateRequest(SLOT, null)
  app.decorateRequest('currentUser', { getter () { return realm.of(this).user } })
  app.decorateRequest('token', { getter () { return realm.of(this).token } })
  bindRealm(app, realm)
  const { onRequest, onSend } = createHooks(realm)
  app.addHook('onRequest', onRequest)
  app.addHook('onSend', onSend)
  return { app, realm }
}
