import { test } from 'tap'
import { TokenFault } from '../../lib/oidc/bearer/token-fault.ts'
import { refusalOf } from './_bench.ts'
import { APP, aSubject, AUDIENCE, FAMILY, MAIL, refused, subjectBench } from './_exchange.ts'
import { NOON } from '../session/_session.ts'

const PEER = { issuer: 'https://peer.example', subject: 'alice', provider: 'peer' }

test('what comes of a token of ours ends with it, in every way that it can be ended', async t => {
  const own = aSubject({ clientId: 'cli' })
  const subject = await subjectBench({ own }).subjects.judge('a-token', 'cli')
  t.equal(subject.token, own)
  t.same(subject.family, { ...FAMILY, isBorrowed: false })
  t.equal(subject.isMapped, true, 'so the application is not asked again what a token tells')
  const { family } = await subjectBench({ own }).subjects.judge('a-token', 'another')
  t.same(family, { ...FAMILY, isBorrowed: true }, 'and no other program ends it')
  t.same(subject.audience, AUDIENCE)
})

test('a token of ours that was given for one service is exchanged for none but that', async t => {
  const { subjects } = subjectBench({ own: aSubject({ audience: [APP] }) })
  t.same((await subjects.judge('a-token', 'cli')).audience, [APP])
  const { subjects: others } = subjectBench({ own: aSubject({ audience: [MAIL, 'https://sister.example'] }) })
  t.same((await others.judge('a-token', 'cli')).audience, [MAIL])
})

test('a token of a provider is exchanged for all of our services, and ends with a logout there', async t => {
  const foreign = aSubject({ audience: ['https://api.example'] })
  const { subjects, noted } = subjectBench({ foreign })
  const subject = await subjects.judge('a-token', 'cli')
  t.equal(subject.token, foreign)
  t.equal(subject.isMapped, false)
  t.same(subject.audience, AUDIENCE)
  t.same(subject.family, {
    handle: 'new handle of alice',
    generation: 'now',
    marks: { login: 'mark of login', subject: 'mark of alice', issuedAt: NOON - 60 }
  })
  t.same(noted, [['mark of login', NOON + 300]], 'so that a page of the provider is heard')
})

test('where no logouts are heard, or only by the server, nothing is noted', async t => {
  const foreign = aSubject()
  const deaf = subjectBench({ foreign, routes: { backchannelLogout: undefined, frontchannelLogout: undefined } })
  t.equal((await deaf.subjects.judge('a-token', 'cli')).family.marks, undefined)
  const back = subjectBench({ foreign, routes: { backchannelLogout: '/b', frontchannelLogout: undefined } })
  t.match((await back.subjects.judge('a-token', 'cli')).family.marks, { login: 'mark of login' })
  const front = subjectBench({ foreign, routes: { backchannelLogout: undefined, frontchannelLogout: '/f' } })
  t.match((await front.subjects.judge('a-token', 'cli')).family.marks, { login: 'mark of login' })
  const nameless = subjectBench({ foreign: aSubject({ claims: { sub: 'alice', iat: 7 } }) })
  t.match((await nameless.subjects.judge('a-token', 'cli')).family.marks, { login: undefined, subject: 'mark of alice' })
  t.same([...deaf.noted, ...back.noted, ...nameless.noted], [])
  t.equal(front.noted.length, 1)
})

test('a token of another instance is exchanged for the services that it names, or for this application', async t => {
  const named = subjectBench({ foreign: aSubject({ identity: PEER, audience: [MAIL, 'https://sister.example'] }) })
  t.same(await named.subjects.judge('a-token', 'cli').then(({ audience, family }) => [audience, family]),
    [[MAIL], { handle: 'new handle of alice', generation: 'now' }])
  const unnamed = subjectBench({ foreign: aSubject({ identity: PEER, audience: ['https://sister.example'] }) })
  t.same((await unnamed.subjects.judge('a-token', 'cli')).audience, [APP])
  t.same([...named.noted, ...unnamed.noted], [])
})

test('whatever is wrong with a token, the program hears the same (RFC 8693, section 2.2.2)', async t => {
  const bound = aSubject({ confirmation: { keyThumbprint: 'x'.repeat(43) } })
  const cases = {
    expired: { own: refused('expired') },
    revoked: { own: refused('revoked') },
    'of others, expired': { foreign: refused('expired') },
    'of others, logged out': { foreign: new TokenFault('its person has logged out', { refusal: 'revoked' }).verdict },
    'of nobody': {},
    'ours, bound to a key': { own: bound },
    'of others, bound to a key': { foreign: bound }
  }
  const said = new Set<string>()
  for (const [name, options] of Object.entries(cases)) {
    const refusal = await refusalOf(() => subjectBench(options).subjects.judge('a-token', 'cli'))
    t.match(refusal, { error: 'invalid_request', statusCode: 400 }, name)
    t.ok(refusal.cause instanceof Error, `${name}: the log says why`)
    said.add(refusal.description)
  }
  t.equal(said.size, 1)
})

test('a token of ours that does not hold is shown to nobody else', async t => {
  const { subjects } = subjectBench({ own: refused('revoked'), foreign: aSubject() })
  t.equal((await refusalOf(() => subjects.judge('a-token', 'cli'))).error, 'invalid_request')
})
