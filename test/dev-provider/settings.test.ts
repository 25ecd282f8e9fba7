import t from 'tap'
import { type DevProviderOptions, startDevProvider } from '../../lib/dev-provider/index.ts'
import { resolveSettings } from '../../lib/dev-provider/settings.ts'

t.test('every option may be left out', async t => {
  const settings = resolveSettings({})
  t.match(settings, { port: 0, clients: [], redirectUris: undefined, accessTokenTtl: 300, scopes: [], consent: false })
  t.strictSame(settings.people.map(person => person.sub), ['alice', 'bob', 'carol'])
})

t.test('production is refused', async t => {
  t.intercept(process, 'env', { value: { ...process.env, NODE_ENV: 'production' } })
  await t.rejects(startDevProvider(), { code: 'FST_LOGIN_CONFIGURATION', message: /NODE_ENV=production/ })
})

t.test('a wrong option is refused by its name', async t => {
  const wrong: Record<string, unknown> = {
    'devProvider.prot': { prot: 1 },
    'devProvider.port': { port: 70_000 },
    'devProvider.accessTokenTtl': { accessTokenTtl: 0 },
    'devProvider.scopes': { scopes: ['mail read'] },
    'devProvider.scopes[0]': { scopes: [''] },
    'devProvider.consent': { consent: 'yes' },
    'devProvider.onTokens': { onTokens: {} },
    'devProvider.client': { client: 'shop' },
    'devProvider.configuration': { configuration: [] },
    'devProvider.configuration.clients': { configuration: { clients: [] } },
    'devProvider.redirectUris[0]': { redirectUris: [''] },
    'devProvider.redirectUris': { redirectUris: ['localhost'] },
    'devProvider.people[1].sub': { people: [{ sub: 'a' }, { sub: '' }] },
    'devProvider.people': { people: [{ sub: 'a' }, { sub: 'a' }] }
  }
  for (const [name, options] of Object.entries(wrong)) {
    t.throws(() => resolveSettings(options as DevProviderOptions), {
      code: 'FST_LOGIN_CONFIGURATION', message: new RegExp(`^"${name.replace(/[[.\]]/g, '\\$&')}" `)
    }, name)
  }
})
