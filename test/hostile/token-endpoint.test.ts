import { type Answer, connectionReset, htmlAnswer, json, timeOut } from '../oidc/_scripted-provider.ts'
import { harmless, hostile as script } from '../pages/_hostile.ts'
import { type HostileCase, invalid, type Refused, testCases, unavailable } from './_case.ts'

const good = 'signed in'
const codeRefused: Refused = { status: 400, code: 'FST_LOGIN_CODE_REFUSED' }
const nobody: Partial<HostileCase> = { nobodyCanGoOn: true }

/** Cases of what a token answer has. */
function about (
  section: string, members: Readonly<Record<string, Record<string, unknown>>>, common: Partial<HostileCase> = {}
): readonly HostileCase[] {
  return Object.entries(members).map(([fault, tokenAnswer]) => ({
    title: `${fault} (${section})`,
    misbehave (provider) { provider.tokenAnswer = tokenAnswer },
    expected: invalid,
    ...common
  }))
}

/** Cases of how a token answer comes. The way back is given the answer that keeps the rules. */
function answering (
  section: string, expected: HostileCase['expected'], ways: Readonly<Record<string, (text: string) => Response>>, common: Partial<HostileCase> = {}
): readonly HostileCase[] {
  return Object.entries(ways).map(([fault, send]) => ({
    title: `a token answer ${fault} (${section})`,
    misbehave (provider) {
      provider.answers.token = async request => send(await (await provider.redeem(request)).text())
    },
    expected,
    ...common
  }))
}

/** The right answer, but at another address. */
function behind (status: number, location: string): Partial<HostileCase> {
  return {
    misbehave (provider) {
      const answer: Answer = async request => request.url.href === new URL(location, request.url).href
        ? await provider.redeem(request)
        : new Response(null, { status, headers: { location } })
      provider.answers.token = answer
    },
    page (t, _answer, { provider }) {
      const asked = provider.requests.filter(({ form }) => form.has('code')).map(({ url }) => url.href)
      t.same(new Set(asked), new Set(['https://id.example.com/token']), 'the code goes nowhere else')
    }
  }
}

const type = { 'content-type': 'application/json' }
const say = (body: string, status = 200): (() => Response) => () => new Response(body, { status, headers: type })

/** Errors of the shape that RFC 6749, section 5.2, has, or not. */
function errors (expected: Refused, answers: Readonly<Record<string, () => Response>>): readonly HostileCase[] {
  return answering('RFC 6749, 5.2', expected, answers, nobody)
}

testCases([
  ...about('RFC 6749, 5.1', {
    'access_token is absent': { access_token: undefined },
    'access_token is null': { access_token: null },
    'access_token is empty': { access_token: '' },
    'access_token is a number': { access_token: 7 },
    'access_token is a list': { access_token: ['a'] },
    'access_token is an object': { access_token: { value: 'a' } },
    'refresh_token is a number': { refresh_token: 7 },
    'refresh_token is null': { refresh_token: null },
    'refresh_token is empty': { refresh_token: '' },
    'scope is a list': { scope: ['openid'] },
    'scope is a number': { scope: 7 },
    'scope is null': { scope: null }
  }),
  ...about('RFC 6749, 5.1 and 7.1: a type that is not understood is not used', {
    'token_type is absent': { token_type: undefined },
    'token_type is null': { token_type: null },
    'token_type is empty': { token_type: '' },
    'token_type is a number': { token_type: 7 },
    'token_type is a list': { token_type: ['Bearer'] },
    'token_type is mac': { token_type: 'mac' },
    'token_type is N_A': { token_type: 'N_A' },
    'token_type is DPoP, which nobody asked for (RFC 9449, 5)': { token_type: 'DPoP' }
  }),
  ...about('RFC 6749, 5.1: it compares without regard to case', {
    'token_type is bearer': { token_type: 'bearer' },
    'token_type is BEARER': { token_type: 'BEARER' }
  }, { expected: good }),
  ...about('RFC 6749, 5.1: a number of seconds', {
    'expires_in is a word': { expires_in: 'soon' },
    'expires_in is negative': { expires_in: -1 },
    'expires_in is a list': { expires_in: [] },
    'expires_in is an object': { expires_in: {} },
    'expires_in is true': { expires_in: true },
    'expires_in is null': { expires_in: null }
  }),
  ...about('RFC 6749, 5.1: how long a login lasts does not hang on it', {
    'expires_in is absent': { expires_in: undefined },
    'expires_in is 0': { expires_in: 0 },
    'expires_in is a text': { expires_in: '300' },
    'expires_in has a fraction': { expires_in: 0.5 },
    'expires_in is the largest number': { expires_in: Number.MAX_VALUE },
    'refresh_expires_in is the largest number': { refresh_expires_in: Number.MAX_VALUE },
    'refresh_expires_in is a word': { refresh_expires_in: 'never' },
    'refresh_token is absent': { refresh_token: undefined },
    'scope is empty': { scope: '' },
    'scope has more than was asked for': { scope: 'openid admin' }
  }, { expected: good }),
  ...about('OpenID Connect Core, 3.1.3.3', {
    'id_token is absent': { id_token: undefined },
    'id_token is null': { id_token: null },
    'id_token is empty': { id_token: '' },
    'id_token is a number': { id_token: 7 },
    'id_token is an object': { id_token: {} },
    'id_token is a list': { id_token: ['a.b.c'] },
    'id_token is some text': { id_token: 'garbage' }
  }),
  ...answering('RFC 6749, 5.1: 200', invalid, {
    'has status 201': say201 => new Response(say201, { status: 201, headers: type }),
    'has status 400': text => new Response(text, { status: 400, headers: type }),
    'has status 404': text => new Response(text, { status: 404, headers: type }),
    'has a challenge and status 401': text => new Response(text, { status: 401, headers: { ...type, 'www-authenticate': 'Basic realm="id"' } })
  }),
  ...answering('an outage', unavailable, {
    'has status 500': text => new Response(text, { status: 500, headers: type }),
    'has status 503': text => new Response(text, { status: 503, headers: type }),
    'has status 429': text => new Response(text, { status: 429, headers: type }),
    'has 2 MB': text => new Response(text.padEnd(2_000_000), { headers: type })
  }),
  ...answering('an outage', unavailable, {
    'does not come: the connection breaks': connectionReset,
    'does not come in time': timeOut,
    'is HTML with status 502': () => htmlAnswer(502)
  }, nobody),
  ...answering('RFC 8259: what is JSON is read as JSON', good, {
    'comes as text/html': text => new Response(text, { headers: { 'content-type': 'text/html' } })
  }),
  ...answering('RFC 6749, 5.1: a JSON object', invalid, {
    'is HTML': () => htmlAnswer(),
    'is HTML that says it is JSON': say('<h1>Please wait</h1>'),
    'is a form': say('access_token=a&token_type=bearer'),
    'breaks off': text => new Response(text.slice(0, -1), { headers: type }),
    'is null': say('null'),
    'is a list': text => new Response(`[${text}]`, { headers: type }),
    'is a text': text => new Response(JSON.stringify(text), { headers: type }),
    'is empty': say(''),
    'has no content': () => new Response(null, { status: 204 })
  }, nobody),
  ...[302, 303, 307, 308].map((status): HostileCase => ({
    title: `a token answer after a redirect of ${status} (no redirect is followed; RFC 9700, 4.12)`,
    expected: invalid,
    ...behind(status, 'https://elsewhere.example/token')
  })),
  {
    title: 'a token answer after a redirect to plain http (RFC 6749, 3.2)',
    expected: invalid,
    ...behind(307, 'http://127.0.0.1/token')
  },
  ...errors(codeRefused, {
    'is invalid_grant': say('{"error":"invalid_grant"}', 400),
    'is invalid_grant of many kinds': say('{"error":"invalid_grant","error_description":7,"error_uri":{}}', 400)
  }),
  ...errors(invalid, {
    'is invalid_client': say('{"error":"invalid_client"}', 401),
    'is unauthorized_client': say('{"error":"unauthorized_client"}', 400),
    'is an error that nobody knows': say('{"error":"whatever"}', 400),
    'is an error with status 200': say('{"error":"invalid_grant"}'),
    'is an error of a number': say('{"error":7}', 400),
    'is an error of an object': say('{"error":{"code":"invalid_grant"}}', 400),
    'is an error of a list': say('["invalid_grant"]', 400),
    'is an error of null': say('null', 400),
    'is an error in HTML': () => htmlAnswer(400),
    'is an error without a body': say('', 400),
    'is an error that breaks off': say('{"error":"invalid_grant"', 400)
  }),
  {
    title: 'error_description is a script (what a provider writes is text)',
    misbehave (provider) {
      provider.answers.token = () => json({ error: 'invalid_client', error_description: script, error_uri: 'javascript:alert(1)' }, 400)
    },
    expected: invalid,
    ...nobody,
    page (t, { body }) {
      t.ok(body.includes(harmless), 'is shown as text')
      t.notOk(body.includes('<script'), 'runs nowhere')
      t.notOk(body.includes('javascript:'), 'leads nowhere')
    }
  },
  {
    title: 'error_description has 100 kB and control characters (what a provider writes is short)',
    misbehave (provider) {
      const description = `\u0000\u001b[31m\r\nSet-Cookie: a=b${'x'.repeat(100_000)}`
      provider.answers.token = () => json({ error: 'invalid_client', error_description: description }, 400)
    },
    expected: invalid,
    ...nobody,
    page (t, { body, headers }, site) {
      t.ok(body.length < 10_000, 'stays short')
      t.notMatch(String(headers['set-cookie']), 'a=b')
      t.notMatch(site.log, '\u001b', 'the log has no control characters')
    }
  },
  {
    title: 'error_description repeats the client secret (nobody is shown it)',
    misbehave (provider) {
      const description = `No client has the secret ${provider.clientSecret}`
      provider.answers.token = () => json({ error: 'invalid_client', error_description: description }, 400)
    },
    expected: invalid,
    ...nobody
  }
])
