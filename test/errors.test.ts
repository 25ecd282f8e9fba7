import Fastify, { type FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import * as errors from '../lib/errors.ts'
import * as index from '../lib/index.ts'

const challenge = 'Cookie realm="https://app.example"'

type Documented = readonly [code: string, status: number, family: string | undefined, make: () => Error]

/** Every error that the package exports: code, status, family, and one of its kind. */
const documented: Readonly<Record<string, Documented>> = {
  ConfigurationError: ['CONFIGURATION', 500, undefined, () => new errors.ConfigurationError('"secret" is missing.')],
  GuardUnwired: ['GUARD_UNWIRED', 500, undefined, () => new errors.GuardUnwired()],
  GuardContradicted: ['GUARD_CONTRADICTED', 500, undefined, () => new errors.GuardContradicted()],
  ViaUnknown: ['VIA_UNKNOWN', 500, undefined, () => new errors.ViaUnknown('loginRequired takes "x" as evidence.')],
  NotAuthenticated: ['NOT_AUTHENTICATED', 500, undefined, () => new errors.NotAuthenticated()],
  ReplySent: ['REPLY_SENT', 500, undefined, () => new errors.ReplySent()],
  NoSession: ['NO_SESSION', 400, undefined, () => new errors.NoSession()],
  NoProvider: ['NO_PROVIDER', 500, undefined, () => new errors.NoProvider()],
  ArgumentInvalid: ['ARGUMENT_INVALID', 500, undefined, () => new errors.ArgumentInvalid('loginUser takes a text.')],
  BearerUnset: ['BEARER_UNSET', 500, undefined, () => new errors.BearerUnset('This application issues no tokens.')],
  BrokerUnset: ['BROKER_UNSET', 500, undefined, () => new errors.BrokerUnset('This application signs no tokens.')],
  SigningKeysSealed: ['SIGNING_KEYS_SEALED', 500, undefined, () => new errors.SigningKeysSealed()],
  SignerInvalid: ['SIGNER_INVALID', 500, undefined, () => new errors.SignerInvalid('The key is none.')],
  SignerUnavailable: ['SIGNER_UNAVAILABLE', 503, undefined, () => new errors.SignerUnavailable()],
  TokenTooLarge: ['TOKEN_TOO_LARGE', 400, undefined, () => new errors.TokenTooLarge()],
  TenantUnknown: ['TENANT_UNKNOWN', 404, undefined, () => new errors.TenantUnknown()],
  Unauthorized: ['UNAUTHORIZED', 401, undefined, () => new errors.Unauthorized({ challenge })],
  StaleLogin: ['STALE', 401, 'Unauthorized', () => new errors.StaleLogin({ challenge })],
  TokensLost: ['TOKENS_LOST', 401, 'Unauthorized', () => new errors.TokensLost({ challenge })],
  TokenInvalid: ['TOKEN_INVALID', 401, 'Unauthorized', () => new errors.TokenInvalid({ challenge })],
  ProofInvalid: ['PROOF_INVALID', 401, 'Unauthorized', () => new errors.ProofInvalid({ challenge })],
  TokenMalformed: ['TOKEN_MALFORMED', 400, undefined, () => new errors.TokenMalformed(challenge)],
  ClaimMissing: ['CLAIM_MISSING', 403, 'Forbidden', () => new errors.ClaimMissing()],
  CredentialsAmbiguous: ['CREDENTIALS_AMBIGUOUS', 400, undefined, () => new errors.CredentialsAmbiguous()],
  Forbidden: ['FORBIDDEN', 403, undefined, () => new errors.Forbidden()],
  InsufficientScope: ['INSUFFICIENT_SCOPE', 403, 'Forbidden', () => new errors.InsufficientScope({ scopes: ['a'], challenge })],
  CrossSite: ['CROSS_SITE', 403, 'Forbidden', () => new errors.CrossSite()],
  LoginFailed: ['FAILED', 400, undefined, () => new errors.LoginFailed()],
  StateInvalid: ['STATE_INVALID', 400, 'LoginFailed', () => new errors.StateInvalid()],
  StateForeign: ['STATE_FOREIGN', 400, 'LoginFailed', () => new errors.StateForeign()],
  StateSpent: ['STATE_SPENT', 400, 'LoginFailed', () => new errors.StateSpent()],
  StateExpired: ['STATE_EXPIRED', 400, 'LoginFailed', () => new errors.StateExpired()],
  ResponseInvalid: ['RESPONSE_INVALID', 400, 'LoginFailed', () => new errors.ResponseInvalid()],
  LoginDenied: ['DENIED', 403, 'LoginFailed', () => new errors.LoginDenied()],
  LoginCancelled: ['CANCELLED', 403, 'LoginFailed', () => new errors.LoginCancelled()],
  ProviderRefused: ['PROVIDER_REFUSED', 400, 'LoginFailed', () => new errors.ProviderRefused()],
  InteractionRequired: ['INTERACTION_REQUIRED', 400, 'LoginFailed', () => new errors.InteractionRequired()],
  TokensNotKept: ['TOKENS_NOT_KEPT', 400, 'LoginFailed', () => new errors.TokensNotKept()],
  SilentRepeated: ['SILENT_REPEATED', 400, 'LoginFailed', () => new errors.SilentRepeated()],
  IssuerUnknown: ['ISSUER_UNKNOWN', 400, 'LoginFailed', () => new errors.IssuerUnknown()],
  ProgramUnknown: ['PROGRAM_UNKNOWN', 400, 'LoginFailed', () => new errors.ProgramUnknown()],
  ProgramRedirectInvalid: ['PROGRAM_REDIRECT_INVALID', 400, 'LoginFailed', () => new errors.ProgramRedirectInvalid()],
  ProgramRequestExpired: ['PROGRAM_REQUEST_EXPIRED', 400, 'LoginFailed', () => new errors.ProgramRequestExpired()],
  ProviderUnknown: ['PROVIDER_UNKNOWN', 404, 'LoginFailed', () => new errors.ProviderUnknown()],
  CodeRefused: ['CODE_REFUSED', 400, 'LoginFailed', () => new errors.CodeRefused()],
  NonceMismatch: ['NONCE_MISMATCH', 400, 'LoginFailed', () => new errors.NonceMismatch()],
  LoginTooWeak: ['TOO_WEAK', 403, 'LoginFailed', () => new errors.LoginTooWeak()],
  ScopeRefused: ['SCOPE_REFUSED', 403, 'LoginFailed', () => new errors.ScopeRefused()],
  LoginEnded: ['ENDED', 400, 'LoginFailed', () => new errors.LoginEnded()],
  SessionLost: ['SESSION_LOST', 400, 'LoginFailed', () => new errors.SessionLost()],
  ProviderAnswerInvalid: ['PROVIDER_ANSWER_INVALID', 502, 'LoginFailed', () => new errors.ProviderAnswerInvalid()],
  UserRefused: ['USER_REFUSED', 403, 'LoginFailed', () => new errors.UserRefused()],
  SessionTooLarge: ['SESSION_TOO_LARGE', 400, 'LoginFailed', () => new errors.SessionTooLarge()],
  LogoutTokenInvalid: ['LOGOUT_TOKEN_INVALID', 400, undefined, () => new errors.LogoutTokenInvalid()],
  SessionUnknown: ['SESSION_UNKNOWN', 404, undefined, () => new errors.SessionUnknown()],
  ExchangeRefused: ['EXCHANGE_REFUSED', 403, undefined, () => new errors.ExchangeRefused()],
  ProviderUnavailable: ['PROVIDER_UNAVAILABLE', 503, undefined, () => new errors.ProviderUnavailable()],
  StoreUnavailable: ['STORE_UNAVAILABLE', 503, undefined, () => new errors.StoreUnavailable()]
}

type ErrorClass = new (...args: never[]) => Error
const classes = errors as unknown as Readonly<Record<string, ErrorClass>>

for (const [name, [code, status, family, make]] of Object.entries(documented)) {
  test(`${name} has the code FST_LOGIN_${code} and the status ${status}`, async t => {
    const error = make()
    t.match(error, { code: `FST_LOGIN_${code}`, statusCode: status })
    t.ok(error.message.length > 10)
    t.ok(error instanceof Error)
  })

  test(`${name} is an instance of ${[name, family].filter(Boolean).join(' and ')} and of no other error`, async t => {
    const error = make()
    const kinds = Object.keys(documented).filter(other => error instanceof (classes[other] ?? Error))
    t.same(kinds.toSorted(), [name, ...family === undefined ? [] : [family]].toSorted())
  })
}

test('every error is documented here, has a code of its own, and is exported by the package', async t => {
  const names = Object.keys(errors)
  t.same(names.toSorted(), Object.keys(documented).toSorted())
  t.equal(new Set(Object.values(documented).map(([code]) => code)).size, names.length)
  for (const name of names) t.equal((index as Readonly<Record<string, unknown>>)[name], classes[name], name)
})

test('nothing else is an instance of them', async t => {
  for (const other of [undefined, null, 'text', {}, new Error('x'), { code: 'FST_LOGIN_STALE' }]) {
    for (const [name, kind] of Object.entries(classes)) t.notOk(other instanceof kind, name)
  }
})

test('an error keeps what caused it', async t => {
  const cause = new Error('the true reason')
  for (const Kind of [errors.LoginFailed, errors.CodeRefused, errors.ProviderUnavailable, errors.StoreUnavailable]) {
    const error = new Kind({ cause })
    t.equal(error.cause, cause)
    t.notMatch(error.message, 'the true reason')
  }
})

test('a stranger is refused without a stack, because that happens all the time', async t => {
  t.equal(Object.hasOwn(new errors.Unauthorized({ challenge }), 'stack'), false)
  t.equal(Object.hasOwn(new errors.StaleLogin({ challenge }), 'stack'), false)
})

test('the address that starts a sign-in is made when somebody asks for it', async t => {
  let made = 0
  const error = new errors.Unauthorized({
    challenge,
    loginUrl () {
      made++
      return 'https://app.example/auth/login'
    }
  })
  t.equal(made, 0)
  t.equal(error.loginUrl, 'https://app.example/auth/login')
  t.equal(new errors.Unauthorized({ challenge }).loginUrl, undefined)
})

async function throwing (t: Test, customise: (app: FastifyInstance) => void): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  customise(app)
  for (const [name, [,,, make]] of Object.entries(documented)) {
    app.get(`/thrown/${name}`, async () => { throw make() })
    app.get(`/sent/${name}`, (_request, reply) => { reply.send(make()) })
  }
  await app.ready()
  return app
}

for (const [handler, customise] of [
  ['Fastify\'s own handler', () => {}],
  ['an application\'s handler that sends the error', app => {
    app.setErrorHandler((error, _request, reply) => reply.send(error))
  }]
] as ReadonlyArray<[string, (app: FastifyInstance) => void]>) {
  test(`with ${handler} every error gives its status, its code and its headers`, async t => {
    const app = await throwing(t, customise)
    for (const [name, [code, status, , make]] of Object.entries(documented)) {
      for (const way of ['thrown', 'sent']) {
        const answer = await app.inject(`/${way}/${name}`)
        t.equal(answer.statusCode, status)
        t.match(answer.json(), { code: `FST_LOGIN_${code}`, statusCode: status })
        const { headers } = make() as { headers?: Record<string, string> }
        t.equal(answer.headers['www-authenticate'], headers?.['www-authenticate'])
        if (status === 401) t.equal(answer.headers['www-authenticate'], challenge)
        t.equal(answer.headers['retry-after'], status === 503 ? '5' : undefined)
      }
    }
  })
}
