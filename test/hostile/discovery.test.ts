import { type Answer, connectionReset, htmlAnswer, json, type ScriptedProvider, timeOut } from '../oidc/_scripted-provider.ts'
import { type HostileCase, invalid, testCases, unavailable } from './_case.ts'

const good = 'signed in'

/** Makes how the endpoint answers. */
type Making = (provider: ScriptedProvider) => Answer

/** Cases of what the metadata say. */
function about (
  section: string, metadata: Readonly<Record<string, Record<string, unknown>>>, common: Partial<HostileCase> = {}
): readonly HostileCase[] {
  return Object.entries(metadata).map(([fault, members]) => ({
    title: `${fault} (${section})`,
    misbehave (provider) { provider.metadata = members },
    expected: invalid,
    ...common
  }))
}

/** Cases of how the metadata come. */
function answering (
  section: string, expected: HostileCase['expected'], answers: Readonly<Record<string, Making>>,
  common: Partial<HostileCase> = {}
): readonly HostileCase[] {
  return Object.entries(answers).map(([fault, make]) => ({
    title: `metadata ${fault} (${section})`,
    misbehave (provider) { provider.answers.discovery = make(provider) },
    expected,
    ...common
  }))
}

/** The right metadata, but with this status and type. */
function sent (status: number, type = 'application/json'): Making {
  return provider => () => new Response(JSON.stringify(provider.document), { status, headers: { 'content-type': type } })
}

/** The right metadata, but at another address. */
function behind (status: number, location: string): Making {
  return provider => ({ url }) => url.href === new URL(location, url).href
    ? json(provider.document)
    : new Response(null, { status, headers: { location } })
}

const fixed = (answer: () => Response): (() => Answer) => () => answer
const text = (body: string): (() => Answer) => fixed(() => new Response(body, { headers: { 'content-type': 'application/json' } }))
const nobody: Partial<HostileCase> = { nobodyCanGoOn: true }

/** Addresses that no request and no browser may be sent to. */
const addresses: Readonly<Record<string, string>> = {
  'is on plain http': 'http://id.example.com/keys/token/authorize',
  'is on plain http of this machine': 'http://127.0.0.1/keys/token/authorize',
  'is a script': 'javascript:alert(1)//keys',
  'is a file': 'file:///etc/keys',
  'is data': 'data:application/json,{"keys":[]}',
  'is on ftp': 'ftp://id.example.com/keys'
}

function elsewhere (name: string): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Object.entries(addresses).map(([fault, address]) => [`${name} ${fault}`, { [name]: address }]))
}

const none = (name: string): Record<string, Record<string, unknown>> => ({
  [`${name} is absent`]: { [name]: undefined },
  [`${name} is null`]: { [name]: null },
  [`${name} is empty`]: { [name]: '' },
  [`${name} is a number`]: { [name]: 7 },
  [`${name} is a list`]: { [name]: ['https://id.example.com/'] },
  [`${name} is a path`]: { [name]: '/relative' }
})

testCases([
  ...about('OpenID Connect Discovery, 4.3', {
    'issuer is absent': { issuer: undefined },
    'issuer is null': { issuer: null },
    'issuer is empty': { issuer: '' },
    'issuer is a number': { issuer: 7 },
    'issuer is a list with the right one': { issuer: ['https://id.example.com'] },
    'issuer is no address': { issuer: 'id.example.com' },
    'issuer is another one': { issuer: 'https://evil.example' },
    'issuer has a slash more': { issuer: 'https://id.example.com/' },
    'issuer is in capital letters': { issuer: 'https://ID.example.com' },
    'issuer has the default port': { issuer: 'https://id.example.com:443' },
    'issuer has a query': { issuer: 'https://id.example.com?a' },
    'issuer is on plain http': { issuer: 'http://id.example.com' }
  }),
  ...about('OpenID Connect Discovery, 3; RFC 8414, 2: https', {
    ...elsewhere('authorization_endpoint'),
    ...elsewhere('token_endpoint'),
    ...elsewhere('jwks_uri')
  }, nobody),
  ...about('OpenID Connect Discovery, 3: https', {
    'authorization_endpoint is on plain http': { authorization_endpoint: 'http://id.example.com/authorize' },
    'authorization_endpoint is a script': { authorization_endpoint: 'javascript:alert(1)' },
    'token_endpoint is on plain http': { token_endpoint: 'http://id.example.com/token' },
    'jwks_uri is on plain http': { jwks_uri: 'http://id.example.com/keys' },
    'jwks_uri is absent': { jwks_uri: undefined },
    'jwks_uri is a path': { jwks_uri: '/keys' }
  }),
  ...about('OpenID Connect Discovery, 3: required', {
    ...none('authorization_endpoint'), ...none('token_endpoint'), ...none('jwks_uri')
  }, nobody),
  ...answering('OpenID Connect Discovery, 4.2: 200', invalid, {
    'come with status 404': sent(404),
    'come with status 403': sent(403),
    'come with status 201': sent(201)
  }),
  ...answering('OpenID Connect Discovery, 4.2: 200', unavailable, {
    'come with status 500': sent(500),
    'come with status 503': sent(503),
    'come with status 429': sent(429)
  }),
  ...answering('RFC 9700, 4.12; no redirect is followed', invalid, {
    'come after a redirect': behind(302, 'https://elsewhere.example/.well-known/openid-configuration'),
    'come after a redirect that keeps the method': behind(307, 'https://elsewhere.example/.well-known/openid-configuration'),
    'come after a redirect of the same host': behind(301, '/moved/.well-known/openid-configuration'),
    'come after a redirect to plain http': behind(308, 'http://127.0.0.1/.well-known/openid-configuration')
  }),
  ...answering('RFC 8259, 8.1, names no type: what is JSON is read as JSON', good, {
    'come as text/html': sent(200, 'text/html'),
    'come as application/octet-stream': sent(200, 'application/octet-stream')
  }),
  ...answering('OpenID Connect Discovery, 4.2: a JSON object', invalid, {
    'are HTML': fixed(() => htmlAnswer()),
    'are HTML that says it is JSON': text('<h1>Please wait</h1>'),
    'break off': text('{"issuer":"https://id.example.com"'),
    'are null': text('null'),
    'are a list': text('[{"issuer":"https://id.example.com"}]'),
    'are a text': text('"https://id.example.com"'),
    'are a number': text('7'),
    'are empty': text(''),
    'are an empty object': text('{}'),
    'have no content': fixed(() => new Response(null, { status: 204 })),
    'are not modified': fixed(() => new Response(null, { status: 304 }))
  }, nobody),
  ...answering('an outage', unavailable, {
    'do not come: the connection breaks': fixed(connectionReset),
    'do not come in time': fixed(timeOut),
    'have 2 MB': provider => () => json({ ...provider.document, padding: 'x'.repeat(2_000_000) })
  }, nobody)
])

testCases([{
  title: 'metadata of 2 MB, all of it right, are more than anybody takes (RFC 9700, 4; 1 MB)',
  misbehave (provider) { provider.metadata = { padding: 'x'.repeat(2_000_000) } },
  expected: unavailable
}])
