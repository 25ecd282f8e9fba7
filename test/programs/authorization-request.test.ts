import { test } from 'tap'
import { ProgramRedirectInvalid, ProgramUnknown } from '../../lib/errors.ts'
import { AuthorizationRefusal, judgeRequest } from '../../lib/programs/authorization-request.ts'
import { ProgramClients } from '../../lib/programs/program-client.ts'
import { LOOPBACK, pkce, programsOf, WEB } from './_bench.ts'

const { challenge } = pkce()
const clients = new ProgramClients(programsOf({
  cli: { redirectUris: [LOOPBACK], scopes: ['reports.read', 'reports.write'] },
  web: { redirectUris: [WEB, 'https://tool.example.com/other'], secret: 's', scopes: ['reports.read'] },
  old: { redirectUris: ['https://old.example.com/'], requirePkce: false },
  older: { redirectUris: [WEB], requirePkce: false }
}), 'here')

const good: Readonly<Record<string, string>> = {
  response_type: 'code',
  client_id: 'cli',
  redirect_uri: 'http://127.0.0.1:4711/callback',
  state: 's',
  code_challenge: challenge,
  code_challenge_method: 'S256'
}

type Changes = Readonly<Record<string, string | readonly string[] | undefined>>

function query (changes: Changes): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...good, ...changes })) {
    for (const one of value === undefined ? [] : [value].flat()) parameters.append(name, one)
  }
  return parameters
}

function judge (changes: Changes, isAlias = false): unknown {
  try {
    return judgeRequest(clients, query(changes), isAlias)
  } catch (error) {
    return error
  }
}

test('a request says what a program wants (RFC 6749, section 4.1.1; RFC 7636, section 4.3)', async t => {
  t.same(judge({ scope: 'reports.read offline_access', prompt: 'login consent' }), {
    clientId: 'cli',
    redirectUri: 'http://127.0.0.1:4711/callback',
    isRedirectSaid: true,
    scopes: ['reports.read'],
    isOffline: true,
    isPassThrough: false,
    state: 's',
    codeChallenge: challenge,
    prompt: 'login consent'
  })
  t.match(judge({ redirect_uri: undefined, state: '', nonce: 'ignored' }), {
    redirectUri: LOOPBACK, isRedirectSaid: false, state: undefined, scopes: ['reports.read', 'reports.write'], isOffline: false
  })
  t.match(judge({ client_id: 'old', redirect_uri: undefined, code_challenge: undefined, code_challenge_method: undefined }), { codeChallenge: undefined })
  t.match(judge({ response_mode: 'query', state: 'x'.repeat(1024) }), { state: 'x'.repeat(1024) })
})

const forPeople: Record<string, readonly [Changes, typeof ProgramUnknown]> = {
  'an unknown program': [{ client_id: 'other' }, ProgramUnknown],
  'no program': [{ client_id: undefined }, ProgramUnknown],
  'a program twice': [{ client_id: ['cli', 'cli'] }, ProgramUnknown],
  'an address of another program': [{ redirect_uri: WEB }, ProgramRedirectInvalid],
  'an address of nobody': [{ redirect_uri: 'https://evil.example/' }, ProgramRedirectInvalid],
  'two addresses': [{ redirect_uri: [LOOPBACK, 'https://evil.example/'] }, ProgramRedirectInvalid],
  'no address of several': [{ client_id: 'web', redirect_uri: undefined }, ProgramRedirectInvalid]
}

for (const [name, [changes, reason]] of Object.entries(forPeople)) {
  test(`${name} sends nobody anywhere (RFC 6749, section 4.1.2.1)`, async t => {
    t.ok(judge(changes) instanceof reason)
  })
}

const forPrograms: Record<string, readonly [Changes, string]> = {
  'no response type': [{ response_type: undefined }, 'invalid_request'],
  'another response type': [{ response_type: 'token' }, 'unsupported_response_type'],
  'two response types': [{ response_type: 'code id_token' }, 'unsupported_response_type'],
  'a parameter twice': [{ scope: ['reports.read', 'reports.read'] }, 'invalid_request'],
  'an unknown parameter twice': [{ x: ['1', '2'] }, 'invalid_request'],
  'no challenge': [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  'a method without a challenge': [{ code_challenge: undefined }, 'invalid_request'],
  'the plain method': [{ code_challenge_method: 'plain' }, 'invalid_request'],
  'no method, which is the plain one': [{ code_challenge_method: undefined }, 'invalid_request'],
  'a challenge that is too short': [{ code_challenge: challenge.slice(1) }, 'invalid_request'],
  'a challenge that is none': [{ code_challenge: `${challenge.slice(1)}=` }, 'invalid_request'],
  'a scope that it may not have': [{ scope: 'admin' }, 'invalid_scope'],
  'a malformed scope': [{ scope: 'reports.read "' }, 'invalid_scope'],
  'a request object': [{ request: 'eyJ' }, 'request_not_supported'],
  'a reference to one': [{ request_uri: 'https://evil.example/' }, 'request_uri_not_supported'],
  'another response mode': [{ response_mode: 'fragment' }, 'invalid_request'],
  'a prompt that is none': [{ prompt: 'nonsense' }, 'invalid_request'],
  'a prompt without a person': [{ prompt: 'none' }, 'consent_required'],
  'a prompt that contradicts itself': [{ prompt: 'none login' }, 'invalid_request']
}

for (const [name, [changes, word]] of Object.entries(forPrograms)) {
  test(`${name} is ${word}, which the program is told with its state`, async t => {
    const refusal = judge(changes)
    t.ok(refusal instanceof AuthorizationRefusal)
    t.match(refusal, { error: word, to: { redirectUri: 'http://127.0.0.1:4711/callback', state: 's' } })
  })
}

test('a state that is too long, or there twice, does not come back', async t => {
  for (const state of ['x'.repeat(1025), ['a', 'b']]) {
    t.match(judge({ state }), { error: 'invalid_request', to: { state: undefined } })
  }
})

test('an old program without a challenge may still bring one, and then a good one', async t => {
  t.match(judge({ client_id: 'old', redirect_uri: undefined }), { codeChallenge: challenge })
  t.match(judge({ client_id: 'old', redirect_uri: undefined, code_challenge_method: 'plain' }), { error: 'invalid_request' })
})

test('as py-oidc-auth has it, whoever alone registered the address need not say who it is', async t => {
  const alias = { client_id: undefined, response_type: undefined, redirect_uri: 'https://old.example.com/', code_challenge: undefined, code_challenge_method: undefined }
  t.match(judge({ ...alias, prompt: 'none', offline_access: 'true' }, true), { clientId: 'old', isOffline: true, prompt: undefined })
  t.match(judge({ ...alias, offline_access: 'false' }, true), { isOffline: false })
  t.match(judge({ ...alias, response_type: 'token' }, true), { error: 'unsupported_response_type' })
  t.ok(judge({ ...alias, redirect_uri: WEB }, true) instanceof ProgramRedirectInvalid, 'two have it')
  t.ok(judge({ ...alias, redirect_uri: 'https://evil.example/' }, true) instanceof ProgramRedirectInvalid)
  t.ok(judge({ ...alias, redirect_uri: ['https://old.example.com/', 'https://old.example.com/'] }, true) instanceof ProgramRedirectInvalid)
  t.match(judge({ ...alias, client_id: 'older', redirect_uri: WEB }, true), { clientId: 'older' })
  t.ok(judge({ ...alias, client_id: 'other' }, true) instanceof ProgramUnknown)
  t.match(judge({ offline_access: 'true' }), { isOffline: false }, 'a flag of the alias alone')
})
