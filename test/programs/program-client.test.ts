import { test } from 'tap'
import { ProgramClients, type ProgramEvidence } from '../../lib/programs/program-client.ts'
import { programsOf, refusalOf } from './_bench.ts'

const SECRET = 'a +%:secret ü'
const clients = new ProgramClients(programsOf({ cli: {}, web: { secret: SECRET } }), 'here')

/** RFC 6749, appendix B. */
const field = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
const evidence = (form: Record<string, string>, authorization?: string): ProgramEvidence =>
  ({ authorization, form: new URLSearchParams(form) })

test('a public program says who it is (RFC 6749, section 3.2.1)', async t => {
  t.equal(clients.authenticate(evidence({ client_id: 'cli' })).clientId, 'cli')
})

test('a program with a secret sends it by HTTP Basic or in the form (RFC 6749, section 2.3.1)', async t => {
  const header = basic(`web:${field(SECRET)}`)
  t.equal(clients.authenticate(evidence({}, header)).clientId, 'web')
  t.equal(clients.authenticate(evidence({ client_id: 'web' }, header)).clientId, 'web')
  t.equal(clients.authenticate(evidence({}, header.replace('Basic', 'bAsIc'))).clientId, 'web')
  t.equal(clients.authenticate(evidence({ client_id: 'web', client_secret: SECRET })).clientId, 'web')
})

test('where a secret is needed, a program without one is nobody', async t => {
  t.equal(clients.authenticateSecret(evidence({ client_id: 'web', client_secret: SECRET })).clientId, 'web')
  t.match(await refusalOf(() => clients.authenticateSecret(evidence({ client_id: 'cli' }))), { error: 'invalid_client', statusCode: 401 })
})

const unproven: Record<string, ProgramEvidence> = {
  'an unknown program': evidence({ client_id: 'other' }),
  'a secret that is another one': evidence({ client_id: 'web', client_secret: 'wrong' }),
  'no secret where there is one': evidence({ client_id: 'web' }),
  'a secret of a public program': evidence({ client_id: 'cli', client_secret: 'x' }),
  'an empty secret of a public program in the header': evidence({}, basic('cli:')),
  'another secret in the header': evidence({}, basic('web:wrong')),
  'a secret that is not encoded as a form': evidence({}, basic(`web:${SECRET}`)),
  'an escape that is none': evidence({}, basic('web:%zz')),
  'an escape that is none in the name': evidence({}, basic('%zz:x')),
  'a header without a colon': evidence({}, basic('web')),
  'a header of another scheme': evidence({ client_id: 'cli' }, 'Bearer abc'),
  'an empty header': evidence({ client_id: 'cli' }, ''),
  'a header that is too long': evidence({}, `Basic ${'a'.repeat(8192)}`),
  'a name of every object': evidence({ client_id: '__proto__' })
}

for (const [name, what] of Object.entries(unproven)) {
  test(`${name} is invalid_client: 401 with a challenge (RFC 6749, section 5.2)`, async t => {
    const refusal = await refusalOf(() => clients.authenticate(what))
    t.match(refusal, { error: 'invalid_client', statusCode: 401, headers: { 'www-authenticate': 'Basic realm="here", charset="UTF-8"' } })
    t.notMatch(JSON.stringify(refusal), /wrong|secret ü/)
  })
}

test('a program that says it in two places, or differently, is refused', async t => {
  const header = basic(`web:${field(SECRET)}`)
  t.equal((await refusalOf(() => clients.authenticate(evidence({ client_secret: SECRET }, header)))).error, 'invalid_request')
  t.equal((await refusalOf(() => clients.authenticate(evidence({ client_id: 'cli' }, header)))).error, 'invalid_request')
})

test('who does not say who it is can be nobody but the only program, where that has no secret', async t => {
  t.equal(new ProgramClients(programsOf({ cli: {} }), 'here').authenticate(evidence({})).clientId, 'cli')
  for (const programs of [{ cli: {}, other: {} }, { web: { secret: 's' } }, {}]) {
    const several = new ProgramClients(programsOf(programs), 'here')
    t.match(await refusalOf(() => several.authenticate(evidence({}))), { error: 'invalid_request', statusCode: 400 })
  }
})
