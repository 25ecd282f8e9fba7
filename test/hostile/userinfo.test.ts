import { createHmac } from 'node:crypto'
import type { JWTPayload } from 'jose'
import {
  type Answer, connectionReset, createKey, htmlAnswer, json, type ScriptedProvider, timeOut
} from '../oidc/_scripted-provider.ts'
import { type HostileCase, invalid, testCases, unavailable } from './_case.ts'
import { encode, forge, privateKeyOf } from './_forge.ts'

const good = 'signed in'
const asked: Partial<HostileCase> = { oidc: { userinfo: true } }
const nobody: Partial<HostileCase> = { ...asked, nobodyCanGoOn: true }
const foreign = await createKey('one')

const person = { sub: 'alice', nickname: 'Al' }

/** Makes how the endpoint answers. */
type Making = (provider: ScriptedProvider) => Answer

/** Cases of how userinfo come. */
function answering (
  section: string, expected: HostileCase['expected'],
  answers: Readonly<Record<string, Making>>, common: Partial<HostileCase> = asked
): readonly HostileCase[] {
  return Object.entries(answers).map(([fault, make]) => ({
    title: `userinfo ${fault} (${section})`,
    misbehave (provider) { provider.answers.userinfo = make(provider) },
    expected,
    ...common
  }))
}

/** Cases of what userinfo have. */
function about (section: string, members: Readonly<Record<string, Record<string, unknown>>>): readonly HostileCase[] {
  return Object.entries(members).map(([fault, userinfo]) => ({
    title: `${fault} of userinfo (${section})`,
    misbehave (provider) { provider.userinfo = userinfo },
    expected: invalid,
    ...asked
  }))
}

const fixed = (answer: () => Response): (() => Answer) => () => answer

/** The right userinfo as a token, made in this way. */
function signed (make: (claims: JWTPayload, provider: ScriptedProvider) => string): Making {
  return provider => () => {
    const claims = { iss: provider.issuer, aud: provider.clientId, ...person }
    return new Response(make(claims, provider), { headers: { 'content-type': 'application/jwt' } })
  }
}

const header = { alg: 'RS256', kid: 'one' }

/** The same with the signature of the provider, and these claims over the right ones. */
function signedWith (over: JWTPayload): Making {
  return signed((claims, { signer }) => forge(privateKeyOf(signer), header, { ...claims, ...over }))
}

const signing: Partial<HostileCase> = {
  ...asked,
  usual (provider) { provider.metadata = { userinfo_signing_alg_values_supported: ['RS256', 'HS256', 'none'] } }
}

testCases([
  ...about('OpenID Connect Core, 5.3.2', {
    'sub is absent': { nickname: 'Al' },
    'sub is another one': { sub: 'bob' },
    'sub is null': { sub: null },
    'sub is empty': { sub: '' },
    'sub is a number': { sub: 7 },
    'sub is a list with the right one': { sub: ['alice'] },
    'sub is in capital letters': { sub: 'ALICE' },
    'sub has a blank more': { sub: 'alice ' }
  }),
  ...answering('OpenID Connect Core, 5.3.2: 200', invalid, {
    'come with status 201': fixed(() => json(person, 201)),
    'come with status 404': fixed(() => json(person, 404)),
    'come with status 401': fixed(() => json(person, 401)),
    'come with a challenge (5.3.3; RFC 6750, 3)': fixed(() => json(person, 401, { 'www-authenticate': 'Bearer error="invalid_token"' })),
    'come with a challenge and status 200': fixed(() => json(person, 200, { 'www-authenticate': 'Bearer error="invalid_token"' }))
  }),
  ...answering('an outage', unavailable, {
    'come with status 500': fixed(() => json(person, 500)),
    'come with status 503': fixed(() => json(person, 503)),
    'come with status 429': fixed(() => json(person, 429)),
    'have 2 MB': fixed(() => json({ ...person, picture: 'x'.repeat(2_000_000) }))
  }),
  ...answering('an outage', unavailable, {
    'do not come: the connection breaks': fixed(connectionReset),
    'do not come in time': fixed(timeOut)
  }, nobody),
  ...answering('OpenID Connect Core, 5.3.2: a JSON object', invalid, {
    'are HTML': fixed(() => htmlAnswer()),
    'break off': fixed(() => new Response('{"sub":"alice"', { headers: { 'content-type': 'application/json' } })),
    'are null': fixed(() => json(null)),
    'are empty': fixed(() => new Response('')),
    'have no content': fixed(() => new Response(null, { status: 204 }))
  }, nobody),
  ...answering('OpenID Connect Core, 5.3.2: a JSON object', invalid, {
    'are a list': fixed(() => json([person])),
    'are a text': fixed(() => json('alice'))
  }),
  ...answering('no redirect is followed: the access token would go elsewhere', invalid, {
    'come after a redirect': () => ({ url }) => url.hostname === 'elsewhere.example'
      ? json(person)
      : new Response(null, { status: 307, headers: { location: 'https://elsewhere.example/userinfo' } })
  }, {
    ...asked,
    page (t, _answer, { provider }) {
      t.notOk(provider.requests.some(({ url }) => url.hostname === 'elsewhere.example'), 'nobody asks there')
    }
  }),
  ...answering('more than a session holds is refused clearly', { status: 400, code: 'FST_LOGIN_SESSION_TOO_LARGE' }, {
    'have 20 kB': fixed(() => json({ ...person, picture: 'x'.repeat(20_000) }))
  }),
  ...answering('OpenID Connect Core, 5.3.2: a token only where the client is registered for it', invalid, {
    'are a token': signedWith({}),
    'are a token with alg none': signed(claims => `${encode({ alg: 'none' })}.${encode(claims)}.`)
  }),
  ...answering('OpenID Connect Core, 5.3.4', good, {
    'are a token that is signed as it should be': signedWith({})
  }, signing),
  ...answering('OpenID Connect Core, 5.3.4', invalid, {
    'are a token that another key signed': signed(claims => forge(privateKeyOf(foreign), header, claims)),
    'are a token with alg none': signed(claims => `${encode({ alg: 'none' })}.${encode(claims)}.`),
    'are a token with HS256 and the client secret': signed((claims, { clientSecret }) => {
      const input = `${encode({ alg: 'HS256', kid: 'one' })}.${encode(claims)}`
      return `${input}.${createHmac('sha256', clientSecret).update(input).digest('base64url')}`
    }),
    'are a token whose signature is cut off': signed(claims => `${encode(header)}.${encode(claims)}.`),
    'are a token of another issuer': signedWith({ iss: 'https://evil.example' }),
    'are a token for another client': signedWith({ aud: 'other' }),
    'are a token that has expired': signedWith({ exp: 1 }),
    'are a token of another sub': signedWith({ sub: 'bob' })
  }, signing)
])

/** Where the userinfo endpoint is, as the metadata say. */
function endpoint (
  faults: Readonly<Record<string, unknown>>, common: Partial<HostileCase> = asked
): readonly HostileCase[] {
  return Object.entries(faults).map(([fault, address]) => ({
    title: `userinfo_endpoint ${fault} (OpenID Connect Discovery, 3)`,
    misbehave (provider) { provider.metadata = { userinfo_endpoint: address } },
    expected: invalid,
    heals: 600,
    ...common
  }))
}

testCases(endpoint({
  'is on plain http': 'http://id.example.com/userinfo',
  'is on ftp': 'ftp://id.example.com/userinfo'
}))
testCases(endpoint({
  'is absent': undefined, 'is null': null, 'is a number': 7, 'is a path': '/userinfo', 'is a script': 'javascript:alert(1)'
}, nobody))
