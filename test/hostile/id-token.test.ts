import { type HostileCase, invalid, type Refused, testCases } from './_case.ts'
import { audienceFaults, issuerFaults, partyFaults } from './_party-faults.ts'

const nonceMismatch: Refused = { status: 400, code: 'FST_LOGIN_NONCE_MISMATCH' }
const tooWeak: Refused = { status: 403, code: 'FST_LOGIN_TOO_WEAK' }
const tooLarge: Refused = { status: 400, code: 'FST_LOGIN_SESSION_TOO_LARGE' }

type Claims = Record<string, unknown>

interface Row {
  readonly claims: Claims | ((now: number) => Claims)
  readonly expected?: HostileCase['expected']
}

/** Cases about one claim: what it is, and where the standard speaks of it. */
function about (
  section: string, rows: Readonly<Record<string, Row>>, common: Partial<HostileCase> = {}
): readonly HostileCase[] {
  return Object.entries(rows).map(([fault, { claims, expected = invalid }]) => ({
    title: `${fault} (${section})`,
    misbehave (provider) {
      const now = Math.floor(provider.now() / 1000)
      provider.claims = typeof claims === 'function' ? claims(now) : claims
    },
    expected,
    ...common
  }))
}

const good = 'signed in'
const usually = (claims: (now: number) => Claims): Pick<HostileCase, 'usual'> => ({
  usual (provider) { provider.claims = claims(Math.floor(provider.now() / 1000)) }
})

testCases([
  ...about('OpenID Connect Core, 3.1.3.7, number 2', {
    ...issuerFaults,
    'iss is in capital letters': { claims: { iss: 'HTTPS://ID.EXAMPLE.COM' } },
    'iss has the default port': { claims: { iss: 'https://id.example.com:443' } },
    'iss goes on after the issuer': { claims: { iss: 'https://id.example.com.evil.example' } },
    'iss is on plain http': { claims: { iss: 'http://id.example.com' } }
  }),
  ...about('OpenID Connect Core, 2', {
    'sub is absent': { claims: { sub: undefined } },
    'sub is null': { claims: { sub: null } },
    'sub is empty': { claims: { sub: '' } },
    'sub is a number': { claims: { sub: 7 } },
    'sub is true': { claims: { sub: true } },
    'sub is a list': { claims: { sub: ['alice'] } },
    'sub is an object': { claims: { sub: { id: 'alice' } } }
  }),
  ...about('OpenID Connect Core, 3.1.3.7, number 3', {
    ...audienceFaults,
    'aud is the client in capital letters': { claims: { aud: 'WEB' } },
    'aud is several clients in one text': { claims: { aud: 'web other' } },
    'aud is a list of this client alone': { claims: { aud: ['web'] }, expected: good }
  }),
  ...about('OpenID Connect Core, 3.1.3.7, numbers 4 and 5', {
    ...partyFaults,
    'azp is a number': { claims: { azp: 7 } },
    'azp is empty': { claims: { azp: '' } },
    'azp is this client': { claims: { azp: 'web' }, expected: good },
    'azp is this client beside several audiences': { claims: { aud: ['web', 'other'], azp: 'web' }, expected: good }
  }),
  ...about('OpenID Connect Core, 3.1.3.7, number 9', {
    'exp is absent': { claims: { exp: undefined } },
    'exp is null': { claims: { exp: null } },
    'exp is a text': { claims: now => ({ exp: String(now + 300) }) },
    'exp is a date in words': { claims: { exp: '2099-01-01T00:00:00Z' } },
    'exp is a list': { claims: now => ({ exp: [now + 300] }) },
    'exp is 0': { claims: { exp: 0 } },
    'exp is long ago': { claims: now => ({ exp: now - 86_400, iat: now - 90_000 }) },
    'exp is past by the tolerance': { claims: now => ({ exp: now - 30 }) },
    'exp is past by a second less than the tolerance': { claims: now => ({ exp: now - 29 }), expected: good },
    'exp has a fraction of a second': { claims: now => ({ exp: now + 0.5 }), expected: good }
  }),
  ...about('OpenID Connect Core, 2, and 3.1.3.7, number 10', {
    'iat is absent': { claims: { iat: undefined } },
    'iat is null': { claims: { iat: null } },
    'iat is a text': { claims: now => ({ iat: String(now) }) },
    'iat is an object': { claims: { iat: {} } },
    'iat is ahead by a second more than the tolerance': { claims: now => ({ iat: now + 31 }) },
    'iat is ahead by the tolerance': { claims: now => ({ iat: now + 30 }), expected: good },
    'iat is in milliseconds': { claims: now => ({ iat: now * 1000 }) },
    'iat is a day ago, and exp not yet past': { claims: now => ({ iat: now - 86_400 }), expected: good }
  }),
  ...about('RFC 7519, 4.1.5', {
    'nbf is null': { claims: { nbf: null } },
    'nbf is a text': { claims: { nbf: '0' } },
    'nbf is an object': { claims: { nbf: {} } },
    'nbf is ahead by a second more than the tolerance': { claims: now => ({ nbf: now + 31 }) },
    'nbf is ahead by the tolerance': { claims: now => ({ nbf: now + 30 }), expected: good }
  }),
  ...about('OpenID Connect Core, 3.1.3.7, number 11', {
    'nonce is absent': { claims: { nonce: undefined } },
    'nonce is null': { claims: { nonce: null }, expected: nonceMismatch },
    'nonce is empty': { claims: { nonce: '' }, expected: nonceMismatch },
    'nonce is a number': { claims: { nonce: 7 }, expected: nonceMismatch },
    'nonce is another text': { claims: { nonce: 'A'.repeat(43) }, expected: nonceMismatch }
  }),
  {
    title: 'nonce is the right one in a list (OpenID Connect Core, 3.1.3.7, number 11)',
    misbehave (provider) { provider.sign = async claims => await provider.signJwt({ ...claims, nonce: [claims['nonce']] }) },
    expected: nonceMismatch
  },
  {
    title: 'nonce is the one of an earlier login (OpenID Connect Core, 3.1.3.7, number 11)',
    misbehave (provider) {
      let first: unknown
      provider.sign = async claims => {
        first ??= claims['nonce']
        return await provider.signJwt({ ...claims, nonce: first })
      }
    },
    async tamper ({ spent }) { await spent() },
    expected: nonceMismatch
  },
  ...about('OpenID Connect Core, 2', {
    'auth_time is null': { claims: { auth_time: null } },
    'auth_time is a text': { claims: now => ({ auth_time: String(now) }) },
    'auth_time is a list': { claims: now => ({ auth_time: [now] }) },
    'auth_time is negative': { claims: { auth_time: -1 } },
    'auth_time is ahead by a second more than the tolerance': { claims: now => ({ auth_time: now + 31 }) },
    'auth_time is ahead by the tolerance': { claims: now => ({ auth_time: now + 30 }), expected: good }
  }),
  ...about('OpenID Connect Core, 3.1.3.7, number 13; max_age 60 was asked', {
    'auth_time is absent': { claims: { auth_time: undefined }, expected: tooWeak },
    'auth_time is older than max_age and the tolerance': { claims: now => ({ auth_time: now - 91 }), expected: tooWeak },
    'auth_time is as old as max_age and the tolerance': { claims: now => ({ auth_time: now - 90 }), expected: good },
    'auth_time is 0': { claims: { auth_time: 0 }, expected: tooWeak }
  }, { oidc: { maxAge: 60 }, ...usually(now => ({ auth_time: now })) }),
  ...about('OpenID Connect Core, 3.1.3.7, number 12; silver or gold was asked', {
    'acr is absent': { claims: { acr: undefined }, expected: tooWeak },
    'acr is null': { claims: { acr: null }, expected: tooWeak },
    'acr is bronze': { claims: { acr: 'bronze' }, expected: tooWeak },
    'acr is empty': { claims: { acr: '' }, expected: tooWeak },
    'acr is all that was asked in one text': { claims: { acr: 'silver gold' }, expected: tooWeak },
    'acr is a list with gold': { claims: { acr: ['gold'] }, expected: tooWeak },
    'acr is a number': { claims: { acr: 1 }, expected: tooWeak },
    'acr is gold in capital letters': { claims: { acr: 'GOLD' }, expected: tooWeak },
    'acr is the second that was asked': { claims: { acr: 'gold' }, expected: good }
  }, { oidc: { acrValues: ['silver', 'gold'] }, ...usually(() => ({ acr: 'silver' })) }),
  ...about('clockTolerance 0', {
    'exp is now': { claims: now => ({ exp: now }) },
    'exp is in a second': { claims: now => ({ exp: now + 1 }), expected: good },
    'iat is ahead by a second': { claims: now => ({ iat: now + 1 }) },
    'nbf is ahead by a second': { claims: now => ({ nbf: now + 1 }) },
    'auth_time is ahead by a second': { claims: now => ({ auth_time: now + 1 }) }
  }, { oidc: { clockTolerance: 0 } }),
  ...about('claims of 20 kB are refused clearly, never with a broken cookie', {
    'a claim has 20 kB': { claims: { roles: 'x'.repeat(20_000) }, expected: tooLarge },
    'sub has 20 kB': { claims: { sub: 'x'.repeat(20_000) }, expected: tooLarge }
  }),
  ...about('OpenID Connect Core, 3.1.3.8: the client may look at it', {
    'at_hash is another one': { claims: { at_hash: 'A'.repeat(22) }, expected: good }
  }),
  ...about('OpenID Connect Core, 2: claims that are not understood must be ignored', {
    'there are claims that nobody knows': { claims: { events: {}, cnf: { jkt: 'x' }, 'https://example.com/x': [null] }, expected: good }
  })
])
