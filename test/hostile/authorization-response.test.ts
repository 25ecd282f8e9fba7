import { harmless, hostile as script } from '../pages/_hostile.ts'
import { type HostileCase, type Refused, testCases } from './_case.ts'
import type { Tamper } from './_client.ts'

const malformed: Refused = { status: 400, code: 'FST_LOGIN_RESPONSE_INVALID' }
const denied: Refused = { status: 403, code: 'FST_LOGIN_DENIED' }
const refused: Refused = { status: 400, code: 'FST_LOGIN_PROVIDER_REFUSED' }
const codeRefused: Refused = { status: 400, code: 'FST_LOGIN_CODE_REFUSED' }
const stateInvalid: Refused = { status: 400, code: 'FST_LOGIN_STATE_INVALID' }
const tooLarge: Refused = { status: 413, code: 'FST_ERR_CTP_BODY_TOO_LARGE' }

const good = 'signed in'
const again = 'begun again'

/** Cases of what comes back from the authorization endpoint. */
function about (
  section: string, expected: HostileCase['expected'], tampers: Readonly<Record<string, Tamper>>, common: Partial<HostileCase> = {}
): readonly HostileCase[] {
  return Object.entries(tampers).map(([fault, tamper]) => ({ title: `${fault} (${section})`, tamper, expected, ...common }))
}

const withIss: Partial<HostileCase> = {
  usual (provider) { provider.metadata = { authorization_response_iss_parameter_supported: true } }
}
const nobody: Partial<HostileCase> = { nobodyCanGoOn: true }

/** An error in place of the code. */
function error (members: Record<string, string>): Tamper {
  return ({ parameters }) => {
    parameters.delete('code')
    for (const [name, value] of Object.entries(members)) parameters.append(name, value)
  }
}

const add = (name: string, value: string): Tamper => ({ parameters }) => parameters.append(name, value)
const set = (name: string, value: string): Tamper => ({ parameters }) => parameters.set(name, value)
const remove = (name: string): Tamper => ({ parameters }) => parameters.delete(name)
const twice = (name: string): Tamper => ({ parameters }) => parameters.append(name, String(parameters.get(name)))

testCases([
  ...about('RFC 9207, 2.4, announced', malformed, {
    'iss is absent': remove('iss'),
    'iss is empty': set('iss', ''),
    'iss is another issuer': set('iss', 'https://evil.example'),
    'iss has a slash more': set('iss', 'https://id.example.com/'),
    'iss is in capital letters': set('iss', 'https://ID.example.com'),
    'iss is there twice': twice('iss'),
    'iss is there, and another one too': add('iss', 'https://evil.example')
  }, withIss),
  ...about('RFC 9207, 2.4, not announced', malformed, {
    'iss is another issuer': set('iss', 'https://evil.example'),
    'iss is empty': set('iss', ''),
    'iss is there twice': ({ parameters }) => {
      for (let n = 0; n < 2; n++) parameters.append('iss', 'https://id.example.com')
    }
  }),
  ...about('RFC 9207, 2.4', good, { 'iss is right, although it was not announced': set('iss', 'https://id.example.com') }),
  ...about('RFC 9700, 4.4: a mix-up', malformed, {
    'the whole answer is one of another provider': ({ parameters }) => {
      parameters.set('code', 'a-code-of-another-provider')
      parameters.set('iss', 'https://other.example')
    },
    'an error of another provider': ({ parameters }) => {
      parameters.delete('code')
      parameters.set('error', 'access_denied')
      parameters.set('iss', 'https://other.example')
    }
  }, { ...withIss, ...nobody }),
  ...about('RFC 9700, 4.4: a mix-up without iss ends at the token endpoint', codeRefused, {
    'the code is one of another provider': set('code', 'a-code-of-another-provider')
  }, nobody),
  ...about('RFC 6749, 10.12', stateInvalid, {
    'state is absent': remove('state'),
    'state is empty': set('state', ''),
    'state is there twice': twice('state'),
    'state is there twice, the second one forged': add('state', 'forged'),
    'state was never made here': set('state', 'forged'),
    'state lost its last letter': ({ parameters }) => parameters.set('state', String(parameters.get('state')).slice(0, -1)),
    'state has a letter changed': ({ parameters }) => {
      const state = String(parameters.get('state'))
      parameters.set('state', (state.startsWith('A') ? 'B' : 'A') + state.slice(1))
    },
    'state has 100 kB': set('state', 'x'.repeat(100_000))
  }),
  ...about('RFC 6749, 10.12; RFC 9700, 4.7.1', again, {
    'state is the one of another browser': async ({ parameters, foreignState }) => parameters.set('state', await foreignState()),
    'state was spent by this browser': async ({ parameters, spent }) => parameters.set('state', String((await spent()).get('state'))),
    'state is 10 minutes old': ({ wait }) => wait(600)
  }),
  ...about('ten minutes', good, { 'state is a second younger than 10 minutes': ({ wait }) => wait(599) }),
  ...about('RFC 6749, 4.1.2 and 5.2: a code is good once', codeRefused, {
    'the code was spent': async ({ parameters, spent }) => parameters.set('code', String((await spent()).get('code'))),
    'the code is made up': set('code', 'made-up'),
    'the code has 100 kB': set('code', 'x'.repeat(100_000)),
    'the code has characters of another kind': set('code', 'a\u0000\r\nb&c=d ü')
  }, nobody),
  ...about('RFC 6749, 4.1.2', malformed, {
    'neither code nor error': remove('code'),
    'the code is empty': set('code', '')
  }, nobody),
  ...about('RFC 6749, 3.1: nothing is there twice', malformed, {
    'the code is there twice': twice('code'),
    'the code is there, and another one too': add('code', 'another'),
    'a response is there twice': ({ parameters }) => {
      for (let n = 0; n < 2; n++) parameters.append('response', 'a.b.c')
    },
    'an ID token is there twice': ({ parameters }) => {
      for (let n = 0; n < 2; n++) parameters.append('id_token', 'a.b.c')
    },
    'the error is there twice': ({ parameters }) => {
      for (let n = 0; n < 2; n++) parameters.append('error', 'access_denied')
    }
  }),
  ...about('RFC 6749, 4.1.2.1: an answer is a code or an error', denied, { 'access_denied beside a code': add('error', 'access_denied') }),
  ...about('RFC 6749, 4.1.2.1: an answer is a code or an error', refused, {
    'server_error beside a code': add('error', 'server_error'),
    'an error that nobody knows beside a code': add('error', 'whatever')
  }),
  ...about('RFC 6749, 4.1.2.1', denied, { access_denied: error({ error: 'access_denied' }) }, nobody),
  ...about('OpenID Connect Core, 3.1.2.6', { ...refused, code: 'FST_LOGIN_INTERACTION_REQUIRED' }, {
    login_required: error({ error: 'login_required' }),
    interaction_required: error({ error: 'interaction_required' })
  }, nobody),
  ...about('RFC 6749, 4.1.2.1', refused, {
    server_error: error({ error: 'server_error' }),
    temporarily_unavailable: error({ error: 'temporarily_unavailable' }),
    'an error of 100 kB': error({ error: 'x'.repeat(100_000) })
  }, nobody),
  ...about('what a provider writes is text, and short', refused, {
    'error_description is a script': error({ error: 'server_error', error_description: script })
  }, {
    ...nobody,
    page (t, { body }) {
      t.ok(body.includes(harmless), 'is shown as text')
      t.notOk(body.includes('<script'), 'runs nowhere')
    }
  }),
  ...about('what a provider writes is text, and short', refused, {
    'error is a script': error({ error: script, error_uri: 'javascript:alert(1)' })
  }, {
    ...nobody,
    page (t, { body }) {
      t.notOk(body.includes('<script'), 'runs nowhere')
      t.notOk(body.includes('javascript:'), 'leads nowhere')
    }
  }),
  ...about('what a provider writes is text, and short', refused, {
    'error_description has 100 kB and control characters': error({
      error: 'server_error', error_description: `\u0000\u001b[31m\r\nSet-Cookie: a=b${'x'.repeat(100_000)}`
    })
  }, {
    ...nobody,
    page (t, { body, headers }) {
      t.ok(body.length < 10_000, 'stays short')
      t.notMatch(String(headers['set-cookie']), 'a=b')
    }
  }),
  ...about('OAuth 2.0 Multiple Response Types, 3; JARM: nobody asked for it', malformed, {
    'id_token in the answer': add('id_token', 'a.b.c'),
    'token in the answer': add('token', 'abc'),
    'a JARM response beside the code': add('response', 'a.b.c')
  }),
  ...about('RFC 6749, 4.1.2: what is not known is ignored', good, {
    'parameters that nobody knows': ({ parameters }) => {
      for (const name of ['session_state', 'scope', '__proto__', 'returnTo']) parameters.append(name, '//evil.example')
    },
    'a parameter that nobody knows has 100 kB': add('session_state', 'x'.repeat(100_000))
  }),
  ...about('form_post: a body is small', tooLarge, {
    'a form of 100 kB': add('session_state', 'x'.repeat(100_000))
  }, { oidc: { responseMode: 'form_post' } }),
  ...about('OAuth 2.0 Form Post Response Mode; RFC 9207, 2.4', malformed, {
    'a form whose iss is another issuer': set('iss', 'https://evil.example'),
    'a form whose code is there twice': twice('code')
  }, { oidc: { responseMode: 'form_post' } })
])
