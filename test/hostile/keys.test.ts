import { createKey, type Answer, connectionReset, htmlAnswer, json, type ScriptedProvider, timeOut } from '../oidc/_scripted-provider.ts'
import { type HostileCase, invalid, testCases, unavailable } from './_case.ts'
import { privateKeyOf } from './_forge.ts'

const good = 'signed in'
const other = await createKey('other')

/** After a fruitless load the next unknown key waits so long. */
const GATE = 30
/** Nobody loads again for so long what does its work. */
const FRESH = 300

/** Makes how the endpoint answers. */
type Making = (provider: ScriptedProvider) => Answer

/** Cases of what the key set has. The member is the key that signs, `jwk` as it should stand there. */
function about (
  section: string, expected: HostileCase['expected'],
  sets: Readonly<Record<string, (jwk: Record<string, unknown>, provider: ScriptedProvider) => unknown>>, heals = GATE
): readonly HostileCase[] {
  return Object.entries(sets).map(([fault, make]) => ({
    title: `${fault} (${section})`,
    misbehave (provider) { provider.answers.keys = () => json(make({ ...provider.signer.jwk }, provider)) },
    expected,
    heals
  }))
}

/** Cases of how the key set comes. */
function answering (
  section: string, expected: HostileCase['expected'], answers: Readonly<Record<string, Making>>
): readonly HostileCase[] {
  return Object.entries(answers).map(([fault, make]) => ({
    title: `keys ${fault} (${section})`,
    misbehave (provider) { provider.answers.keys = make(provider) },
    expected,
    heals: GATE
  }))
}

const keySet = ({ keys }: ScriptedProvider): string => JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })

/** The right keys, but with this status and type. */
function sent (status: number, type = 'application/json'): Making {
  return provider => () => new Response(keySet(provider), { status, headers: { 'content-type': type } })
}

/** The right keys, but at another address. */
function behind (status: number, location: string): Making {
  return provider => ({ url }) => url.href === new URL(location, url).href
    ? new Response(keySet(provider))
    : new Response(null, { status, headers: { location } })
}

const fixed = (answer: () => Response): (() => Answer) => () => answer

testCases([
  ...about('RFC 7517, 5', invalid, {
    'the set is null': () => null,
    'the set is a list': jwk => [jwk],
    'the set is the key itself': jwk => jwk,
    'the set is a text': () => 'keys',
    'the set is empty': () => ({}),
    'the list is an object': jwk => ({ keys: { one: jwk } }),
    'the list is null': () => ({ keys: null }),
    'the list has no key': () => ({ keys: [] }),
    'the list has other keys only': () => ({ keys: [other.jwk] })
  }),
  ...about('RFC 7517, 4 and 5: what is not understood is passed over', good, {
    'beside the key are keys of kinds that nobody knows': jwk => ({ keys: [{ kty: 'XX', kid: 'one' }, {}, { kid: 'one' }, { kty: 7 }, jwk] }),
    'beside the key is a symmetric one of the same kid': jwk => ({ keys: [{ kty: 'oct', k: 'AAAA', kid: 'one', alg: 'HS256' }, jwk] }),
    'beside the key is one for encryption of the same kid': jwk => ({ keys: [{ ...other.jwk, kid: 'one', use: 'enc' }, jwk] }),
    'beside the key is one of another algorithm and the same kid': jwk => ({ keys: [{ ...other.jwk, kid: 'one', alg: 'PS256' }, jwk] }),
    'beside the key are members that nobody knows': jwk => ({ keys: [{ ...jwk, x: [null] }], next: 'https://evil.example/' }),
    'beside the key are 1,000 others': jwk => ({ keys: [...Array.from({ length: 1000 }, (_, n) => ({ ...other.jwk, kid: `k${n}` })), jwk] })
  }),
  ...about('RFC 7517, 4.2 to 4.5: the key is for something else', invalid, {
    'use is enc': jwk => ({ keys: [{ ...jwk, use: 'enc' }] }),
    'use is a number': jwk => ({ keys: [{ ...jwk, use: 7 }] }),
    'key_ops is for encryption': jwk => ({ keys: [{ ...jwk, key_ops: ['encrypt'] }] }),
    'key_ops is for signing': jwk => ({ keys: [{ ...jwk, key_ops: ['sign'] }] }),
    'key_ops is a text': jwk => ({ keys: [{ ...jwk, key_ops: 'verify' }] }),
    'alg is another one': jwk => ({ keys: [{ ...jwk, alg: 'PS256' }] }),
    'alg is RS512': jwk => ({ keys: [{ ...jwk, alg: 'RS512' }] }),
    'alg is none': jwk => ({ keys: [{ ...jwk, alg: 'none' }] }),
    'kid is absent': jwk => ({ keys: [{ ...jwk, kid: undefined }] }),
    'kid is a list': jwk => ({ keys: [{ ...jwk, kid: ['one'] }] })
  }),
  ...about('RFC 7517, 4.5: no two keys of one kid', invalid, {
    'two keys have the kid': jwk => ({ keys: [{ ...other.jwk, kid: 'one' }, jwk] }),
    'the key is there twice': jwk => ({ keys: [jwk, jwk] })
  }),
  ...about('RFC 7518, 6.3: the key itself is broken', invalid, {
    'n is absent': jwk => ({ keys: [{ ...jwk, n: undefined }] }),
    'n is empty': jwk => ({ keys: [{ ...jwk, n: '' }] }),
    'n is a number': jwk => ({ keys: [{ ...jwk, n: 7 }] }),
    'n is no base64url': jwk => ({ keys: [{ ...jwk, n: '!!!' }] }),
    'e is absent': jwk => ({ keys: [{ ...jwk, e: undefined }] }),
    'kty is EC': jwk => ({ keys: [{ ...jwk, kty: 'EC' }] })
  }),
  ...about('OpenID Connect Core, 10.1.1: a new key has a new kid', invalid, {
    'n is the one of another key': jwk => ({ keys: [{ ...jwk, n: other.jwk.n }] })
  }, FRESH),
  ...about('OpenID Connect Discovery, 3: no private and no symmetric keys', invalid, {
    'the key is a private one': (jwk, { signer }) => ({ keys: [{ ...privateKeyOf(signer).export({ format: 'jwk' }), ...jwk }] }),
    'the key is a symmetric one': () => ({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'one', alg: 'RS256', use: 'sig' }] })
  }),
  ...answering('OpenID Connect Core, 10.1.1; an outage', unavailable, {
    'come with status 500': sent(500),
    'come with status 404': sent(404),
    'come with status 429': sent(429),
    'come with status 201': sent(201),
    'are HTML': fixed(() => htmlAnswer()),
    'break off': fixed(() => new Response('{"keys":[')),
    'are empty': fixed(() => new Response('')),
    'have no content': fixed(() => new Response(null, { status: 204 })),
    'do not come: the connection breaks': fixed(connectionReset),
    'do not come in time': fixed(timeOut),
    'have 2 MB': provider => () => json({ keys: provider.keys.map(({ jwk }) => jwk), padding: 'x'.repeat(2_000_000) })
  }),
  ...answering('no redirect is followed', unavailable, {
    'come after a redirect': behind(302, 'https://elsewhere.example/keys'),
    'come after a redirect of the same host': behind(301, '/moved/keys'),
    'come after a redirect to plain http': behind(308, 'http://127.0.0.1/keys')
  }),
  ...answering('RFC 7517, 8.5, has a type of its own', good, {
    'come as application/jwk-set+json': sent(200, 'application/jwk-set+json'),
    'come as text/plain': sent(200, 'text/plain')
  })
])
