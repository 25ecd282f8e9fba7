/** One process of several that share the tokens of sessions; `_token-members.ts` starts it. */
import Fastify from 'fastify'
import { LoginEvents } from '../../lib/events.ts'
import { AccessTokens } from '../../lib/oidc/tokens/access-tokens.ts'
import { createProvider } from '../../lib/oidc/provider/provider.ts'
import { TokenVault } from '../../lib/oidc/tokens/token-vault.ts'
import { resolveOidcSettings } from '../../lib/options/oidc-settings.ts'
import { BoundedStore } from '../../lib/stores/bounded-store.ts'
import { openStore } from '../../lib/stores/open-store.ts'
import { createVault } from '../../lib/vault.ts'

interface Assignment {
  readonly secret: string
  readonly redis: string
  readonly oidc: object
}

const { secret, redis, oidc } = JSON.parse(String(process.env['MEMBER'])) as Assignment
const app = Fastify({ logger: false })
const { store: opened } = await openStore(redis)
const store = new BoundedStore(opened)
const vault = new TokenVault(await createVault(app, [Buffer.from(secret)], 'tokens'), store)
const provider = createProvider(resolveOidcSettings(oidc, false), Date.now)
const events: string[] = []
const tokens = new AccessTokens({
  provider,
  vault,
  store,
  events: new LoginEvents({
    refreshed () { events.push('refreshed') },
    refreshFailed ({ reason }) { events.push(`refreshFailed: ${reason}`) }
  }, () => {})
})

app.get<{ Params: { handle: string } }>('/token/:handle', async ({ params }) => {
  const answer = await tokens.find(params.handle, { scopes: ['openid'], resource: undefined })
  return answer.kind === 'token' ? { kind: answer.kind, accessToken: answer.token.accessToken } : answer
})
app.get('/events', async () => events)

const address = await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.(address)
process.once('disconnect', () => process.exit())
