import { test } from 'tap'
import type { AuthOptions } from '../../../lib/index.ts'
import { createDocumented, documentOf, openapi } from './_document.ts'

const handler = async (): Promise<string> => 'inside'
const issuer = 'http://localhost:1'
const discovery = `${issuer}/.well-known/openid-configuration`
const ground = { publicUrl: 'http://localhost:3000', oidc: { issuer, clientId: 'x' } } as const
const metadata = { issuer: 'https://id.other.example', jwks_uri: 'https://id.other.example/keys' }

const bearers: Readonly<Record<string, readonly [bearer: AuthOptions['bearer'], labels: readonly string[], schemes: object]>> = {
  'an issuer that people sign in with': [
    { audience: 'x' }, ['openIdConnect'], { openIdConnect: { type: 'openIdConnect', openIdConnectUrl: discovery } }
  ],
  'this application': [{ issued: true }, ['bearer'], { bearer: { type: 'http', scheme: 'bearer' } }],
  both: [
    { audience: 'x', issued: true }, ['openIdConnect', 'bearer'],
    { openIdConnect: { openIdConnectUrl: discovery }, bearer: { type: 'http', scheme: 'bearer' } }
  ],
  'an issuer with an address of its own': [
    { audience: 'x', issuer: 'https://id.b.example/', discoveryUrl: 'https://id.b.example/x?p=1' }, ['openIdConnect'],
    { openIdConnect: { openIdConnectUrl: 'https://id.b.example/x?p=1' } }
  ],
  'several issuers, one of them without an address to ask': [
    { audience: 'x', providers: { oidc: true, a: { issuer: 'https://id.a.example/' }, b: { issuer: metadata.issuer, metadata } } },
    ['openIdConnect.oidc', 'openIdConnect.a', 'bearer'],
    { 'openIdConnect.a': { openIdConnectUrl: 'https://id.a.example/.well-known/openid-configuration' }, bearer: { type: 'http' } }
  ]
}

for (const [title, [bearer, labels, schemes]] of Object.entries(bearers)) {
  test(`access tokens of ${title} are among what a route takes`, async t => {
    const app = await createDocumented(t, { options: { ...ground, ...bearer === undefined ? {} : { bearer } } })
    app.get('/', { onRequest: [app.loginRequired] }, handler)

    const { paths, components } = await documentOf(t, app)
    t.same(paths['/']?.['get']?.security, ['cookie', ...labels].map(label => ({ [label]: [] })))
    t.match(components?.securitySchemes, schemes)
  })
}

for (const version of ['3.0.3', '3.1.0']) {
  test(`OpenAPI ${version} names scopes where it may`, async t => {
    const options = { ...ground, bearer: { audience: 'x', issued: true } }
    const app = await createDocumented(t, { options, swagger: openapi(version) })
    app.get('/', { onRequest: [app.loginRequired({ scopes: ['b', 'a'] }), app.loginRequired({ scopes: ['a', 'c'] })] }, handler)

    const { security, responses } = (await documentOf(t, app)).paths['/']?.['get'] ?? {}
    const scopes = ['b', 'a', 'c']
    const others = version.startsWith('3.0') ? [] : scopes
    t.same(security, [{ cookie: others }, { openIdConnect: scopes }, { bearer: others }])
    t.match(responses?.['403'], { description: /scopes: b a c$/, headers: { 'WWW-Authenticate': {} } })
  })
}

const authenticators = [{ name: 'api-key', authenticate: () => undefined }]
const users = { ada: 'lovelace' }

type Via = readonly string[] | undefined

const vias: ReadonlyArray<readonly [title: string, guards: readonly Via[], labels: readonly string[]]> = [
  ['whatever every route takes', [undefined], ['cookie', 'bearer', 'api-key']],
  ['basic credentials only where they are named', [['basic']], ['basic']],
  ['what it names, in our order', [['basic', 'api-key', 'cookie']], ['cookie', 'api-key', 'basic']],
  ['what each of several guards takes', [['cookie', 'basic'], undefined], ['cookie']],
  ['nothing where they take nothing together', [['cookie'], ['api-key']], []]
]

for (const [title, guards, labels] of vias) {
  test(`a route takes ${title}`, async t => {
    const routes = { userinfo: false } as const
    const app = await createDocumented(t, {
      options: { authenticators, basic: { users }, bearer: { issued: true }, routes }
    })
    const onRequest = guards.map(via => app.loginRequired(via === undefined ? {} : { via }))
    app.get('/', { onRequest }, handler)

    const { paths, components } = await documentOf(t, app)
    t.same(paths['/']?.['get']?.security, labels.map(label => ({ [label]: [] })))
    t.same(Object.keys(components?.securitySchemes ?? {}).sort(), [...labels].sort(), 'and no scheme is there for nothing')
  })
}

test('Swagger 2 knows one way to send a header', async t => {
  const swagger = { swagger: { info: { title: 'x', version: '1' } } }
  const app = await createDocumented(t, { options: { ...ground, authenticators, bearer: { audience: 'x', issued: true } }, swagger })
  app.get('/', { onRequest: [app.loginRequired] }, handler)

  const { paths, securityDefinitions } = await documentOf(t, app)
  const header = { type: 'apiKey', in: 'header', name: 'Authorization' }
  t.same(paths['/']?.['get']?.security, [{ cookie: [] }, { bearer: [] }, { 'api-key': [] }])
  t.match(securityDefinitions, { bearer: header, 'api-key': header })
})

test('where an authenticator looks, its author says', async t => {
  const scheme = { type: 'apiKey', in: 'header', name: 'X-API-Key' } as const
  const components = { securitySchemes: { 'api-key': scheme } }
  const app = await createDocumented(t, { options: { authenticators }, swagger: { openapi: { components } } })
  app.get('/', { onRequest: [app.loginRequired] }, handler)

  t.same((await documentOf(t, app)).components?.securitySchemes?.['api-key'], scheme)
})
