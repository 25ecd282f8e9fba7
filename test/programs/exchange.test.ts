import { type Test, test } from 'tap'
import type { BearerTokenDetails } from '../../lib/bearer-token.ts'
import { SignerUnavailable } from '../../lib/errors.ts'
import type { ProgramOptions } from '../../lib/options/program-options.ts'
import { createExchange } from '../../lib/programs/exchange.ts'
import { toRefusal } from '../../lib/programs/oauth-refusal.ts'
import type { AcceptPerson, TokenAnswer } from '../../lib/programs/program-grants.ts'
import type { TokenStart } from '../../lib/session/issued-token.ts'
import { oidc, publicUrl, settingsOf } from '../options/_refusal.ts'
import { NOON } from '../session/_session.ts'
import { refusalOf } from './_bench.ts'
import { APP, aSubject, AUDIENCE, FAMILY, MAIL, subjectBench } from './_exchange.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'

interface Asking {
  readonly form?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly subject?: Partial<BearerTokenDetails>
  readonly program?: ProgramOptions
  readonly accept?: AcceptPerson
  readonly now?: number
  readonly issue?: (start: TokenStart) => void
}

/** Has a token of ours exchanged by a program. */
async function exchange (
  { form = {}, subject, program, accept = async () => true, now = NOON, issue = () => {} }: Asking = {}
): Promise<TokenAnswer> {
  const options = { tokenExchange: true, scopes: ['reports.read', 'reports.write'], ...program }
  const { programs: [settings] } = settingsOf({ publicUrl, oidc, broker: {}, programs: { cli: options } })
  if (settings === undefined) throw new Error('no program')
  const fields = { subject_token: 'a-token', subject_token_type: ACCESS_TOKEN, ...form }
  const sent = new URLSearchParams()
  for (const [name, values] of Object.entries(fields)) {
    for (const value of values === undefined ? [] : [values].flat()) sent.append(name, value)
  }
  const handler = createExchange({
    subjects: subjectBench({ own: aSubject(subject) }).subjects,
    issued: {
      async issue (start) {
        issue(start)
        return { text: 'a-new-token', handle: 'handle', expiresAt: now + start.expiresIn }
      }
    },
    audience: AUDIENCE,
    now: () => now * 1000
  })
  return await handler({ program: settings, form: sent, accept })
}

async function refuses (t: Test, error: string, asking: Asking, name = error): Promise<void> {
  const issued: unknown[] = []
  t.equal((await refusalOf(() => exchange({ ...asking, issue: start => issued.push(start) }))).error, error, name)
  t.same(issued, [])
}

test('a program gets a token for the same person, without a refresh token (RFC 8693, section 2.2.1)', async t => {
  const issued: TokenStart[] = []
  const answer = await exchange({ issue: start => issued.push(start) })
  t.same(answer, {
    access_token: 'a-new-token', issued_token_type: ACCESS_TOKEN, token_type: 'Bearer', expires_in: 300, scope: 'openid reports.read'
  })
  t.same(issued, [{
    userId: 'alice',
    identity: { issuer: 'https://id.example', subject: 'alice', provider: 'oidc' },
    claims: { sub: 'alice', sid: 'login', roles: ['reader'] },
    authenticatedAt: NOON - 100,
    isMapped: true,
    clientId: 'cli',
    scopes: ['openid', 'reports.read'],
    audience: [APP, MAIL],
    expiresIn: 300,
    family: { ...FAMILY, isBorrowed: true }
  }])
})

test('it lives as long as the subject token, or as tokens of the program do where that is shorter', async t => {
  t.equal((await exchange({ program: { accessTokenTtl: 60 } })).expires_in, 60)
  t.equal((await exchange({ now: NOON + 299 })).expires_in, 1)
  t.equal((await exchange({ subject: { expiresAt: NOON + 9.5 } })).expires_in, 9, 'in whole seconds')
  await refuses(t, 'invalid_request', { subject: { expiresAt: NOON + 0.5 } }, 'less than a second')
  await refuses(t, 'invalid_request', { now: NOON + 300 }, 'good for a clock that is late, but at its end')
})

test('both names of an access token are known, and the answer has the one that was asked for', async t => {
  t.equal((await exchange({ form: { subject_token_type: JWT } })).issued_token_type, ACCESS_TOKEN)
  t.equal((await exchange({ form: { requested_token_type: JWT } })).issued_token_type, JWT)
  t.equal((await exchange({ form: { requested_token_type: ACCESS_TOKEN } })).issued_token_type, ACCESS_TOKEN)
})

test('a program that has not the right exchanges nothing', async t => {
  await refuses(t, 'unauthorized_client', { program: { tokenExchange: false } })
})

test('scopes are those that program and token share; fewer can be asked for, and no others', async t => {
  t.equal((await exchange({ form: { scope: 'reports.read' } })).scope, 'reports.read')
  t.equal((await exchange({ form: { scope: 'openid offline_access' } })).scope, 'openid', 'there is no refresh token to ask for')
  t.equal((await exchange({ subject: { scopes: ['other', 'offline_access'] } })).scope, '')
  await refuses(t, 'invalid_scope', { form: { scope: 'reports.write' } }, 'the token has not')
  await refuses(t, 'invalid_scope', { form: { scope: 'admin' } }, 'the program may not')
  await refuses(t, 'invalid_scope', { form: { scope: 'email' } }, 'about the person, but not in the token')
  await refuses(t, 'invalid_scope', { form: { scope: 'a"b' } }, 'malformed')
})

test('it is for services of ours alone, and for none that the subject token is not for', async t => {
  const audienceFor = async (asking: Asking): Promise<unknown> => {
    const issued: TokenStart[] = []
    await exchange({ ...asking, issue: start => issued.push(start) })
    return issued[0]?.audience
  }
  t.same(await audienceFor({ form: { audience: MAIL } }), [MAIL])
  t.same(await audienceFor({ form: { audience: [APP, MAIL], resource: MAIL } }), [APP, MAIL])
  t.same(await audienceFor({ subject: { audience: [APP] } }), [APP])
  await refuses(t, 'invalid_target', { form: { audience: 'https://evil.example' } })
  await refuses(t, 'invalid_target', { form: { resource: [APP, 'https://evil.example'] } })
  await refuses(t, 'invalid_target', { form: { audience: MAIL }, subject: { audience: [APP] } }, 'a narrow token made wide')
})

test('what is malformed is said so, before anybody looks at the token (RFC 8693, section 2.2.2)', async t => {
  const forms = {
    'no token': { subject_token: undefined },
    'no type': { subject_token_type: undefined },
    'an ID token': { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
    'a refresh token': { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    SAML: { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
    'a refresh token wanted': { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    'an actor': { actor_token: 'a-token', actor_token_type: ACCESS_TOKEN },
    'an actor without a type': { actor_token: 'a-token' },
    'the type of an actor': { actor_token_type: ACCESS_TOKEN }
  }
  for (const [name, form] of Object.entries(forms)) await refuses(t, 'invalid_request', { form }, name)
})

test('whom the application does not accept exchanges nothing', async t => {
  const asked: unknown[] = []
  await refuses(t, 'invalid_request', { accept: async person => { asked.push(person); return false } })
  t.match(asked, [{ userId: 'alice', claims: { roles: ['reader'] }, authenticatedAt: NOON - 100, marks: FAMILY.marks }])
})

test('where keys are away, the program can try again', async t => {
  try {
    await exchange({ issue () { throw new SignerUnavailable() } })
    t.fail('it was not refused')
  } catch (error) {
    t.match(toRefusal(error), { error: 'temporarily_unavailable', statusCode: 503, headers: { 'retry-after': /\d/ } })
  }
})
