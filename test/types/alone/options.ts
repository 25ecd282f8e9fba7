import Fastify from 'fastify'
import authPlugin, { authPlugin as named, AuthUser, type AuthOptions, type SessionOptions, strictSession } from 'fastify-login'
import { assertType, type Equals } from '../equals.js'

const app = Fastify()
const secret = process.env['SESSION_SECRET']

assertType<Equals<typeof authPlugin, typeof named>>(true)

app.register(authPlugin, { secret })
app.register(named, { secret: ['current', 'previous'] })
app.register(authPlugin, { secret: [new Uint8Array(32), 'previous'] })
await app.register(import('fastify-login'), { secret })

app.register(authPlugin, {
  secret,
  publicUrl: process.env['PUBLIC_URL'],
  oidc: {
    issuer: 'https://id.example.com',
    clientId: 'app',
    clientSecret: process.env['CLIENT_SECRET'],
    scopes: ['profile', 'email'] as const,
    authorizationParameters: { ui_locales: 'de' },
    userinfo: true,
    maxAge: 3600,
    acrValues: ['urn:example:gold'],
    pushedAuthorization: true,
    resource: ['https://files.example.com', 'https://mail.example.com'] as const,
    dpop: true,
    fetch: async (input, init) => await fetch(input, init)
  },
  routes: { prefix: '/account', login: '/in', logout: false, loggedOut: false },
  allowedOrigins: ['https://a.example']
})

const sessions: SessionOptions[] = [
  strictSession,
  { ...strictSession, idle: 600 },
  { idle: 60, absolute: 600, remember: false, cookie: { name: 'who', sameSite: 'strict', secure: 'auto' } }
]
for (const session of sessions) app.register(authPlugin, { secret, session })

const options: AuthOptions = {
  secret,
  loadUser: async (identity, request) => {
    assertType<Equals<typeof identity.id, string>>(true)
    assertType<Equals<typeof identity.issuer, string | undefined>>(true)
    return request.method === 'GET' ? { name: identity.id } : null
  },
  userId: ({ issuer, subject }, claims) => `${issuer} ${subject} ${claims['oid']}`,
  onUnauthorized: (request, reply, error) => {
    assertType<Equals<typeof error.loginUrl, string | undefined>>(true)
    return request.url === '/' ? reply.redirect('/login') : { error: error.code }
  },
  now: () => 0
}
app.register(authPlugin, options)
app.register(authPlugin, { secret, loadUser: () => undefined })
app.register(authPlugin, { secret, onUnauthorized: 'auto' })
app.register(authPlugin, { secret, onUnauthorized: async (request, reply) => { await reply.redirect('/login') } })
app.register(authPlugin, { secret, onUnauthorized () {} })

app.register(authPlugin, { secret, name: 'admin', templates: false, basic: { realm: 'x', users: { ada: 'lovelace' } } })
app.register(authPlugin, { secret, basic: { verify: (name, password) => name === password } })
app.register(authPlugin, { secret, basic: { verify: async (name, _password, { ip }) => ip === '' ? null : new AuthUser(name) } })
app.register(authPlugin, {
  secret,
  authenticators: [async () => undefined, ({ ip }) => ip, { name: 'api-key', authenticate: async () => new AuthUser('robot') }]
})
// @ts-expect-error an answer that says nobody's name
app.register(authPlugin, { secret, authenticators: [() => true] })
// @ts-expect-error a password is a text
app.register(authPlugin, { secret, basic: { users: { ada: 1 } } })

// @ts-expect-error options are required
app.register(authPlugin)
// @ts-expect-error "secret" is required, even where it may be undefined
app.register(authPlugin, {})
// @ts-expect-error a secret is no number
app.register(authPlugin, { secret: 1 })
// @ts-expect-error an unknown key
app.register(authPlugin, { secret, sessions: {} })
// @ts-expect-error an unknown key further down
app.register(authPlugin, { secret, session: { cookie: { expires: 1 } } })
// @ts-expect-error a provider needs a client
app.register(authPlugin, { secret, oidc: { issuer: 'https://id.example.com' } })
// @ts-expect-error an unknown response mode
app.register(authPlugin, { secret, oidc: { issuer: '', clientId: '', responseMode: 'fragment' } })
// @ts-expect-error an unknown answer to strangers
app.register(authPlugin, { secret, onUnauthorized: 'redirect' })
// @ts-expect-error the login and the callback cannot be switched off
app.register(authPlugin, { secret, routes: { login: false } })
// @ts-expect-error nobody is remembered for ever
app.register(authPlugin, { secret, session: { remember: true } })
