import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { createKey, type ScriptedProvider, type SigningKey } from '../oidc/_scripted-provider.ts'
import type { HostileCase } from './_case.ts'
import { encode, forge, privateKeyOf, rs256 } from './_forge.ts'

const good = 'signed in'
const foreign = await createKey('one')
const ec = await createKey('ec', 'ES256')

/** A way to make a token of these claims. */
export type Signer = (claims: JWTPayload, provider: ScriptedProvider) => string | Promise<string>

/** Ways in which the provider, or whoever pretends to be it, makes its tokens, and what decides about them. */
export interface SignatureFaults {
  readonly section: string
  readonly signers: Readonly<Record<string, Signer>>
  readonly common: Partial<HostileCase>
}

function about (
  section: string, signers: SignatureFaults['signers'], common: Partial<HostileCase> = {}
): SignatureFaults {
  return { section, signers, common }
}

/** The token as it should be, but for its parts. */
function changed (change: (header: string, payload: string, signature: string) => string): Signer {
  return async (claims, provider) => {
    const [header = '', payload = '', signature = ''] = (await provider.signJwt(claims)).split('.')
    return change(header, payload, signature)
  }
}

/** A token that is signed by the right key, with these members over its header. */
function withHeader (members: Record<string, unknown>): Signer {
  return (claims, { signer, header }) =>
    forge(privateKeyOf(signer), { alg: 'RS256', kid: signer.kid, ...header, ...members }, claims)
}

/** A token that a foreign key signed, whose header says where to find that key. */
function withForeignKey (members: (key: SigningKey) => Record<string, unknown>): Signer {
  return (claims, { header }) =>
    forge(privateKeyOf(foreign), { alg: 'RS256', kid: 'one', ...header, ...members(foreign) }, claims)
}

function hs256 (secret: (provider: ScriptedProvider) => string | Buffer, kid?: string): Signer {
  return (claims, provider) => {
    const input = `${encode({ alg: 'HS256', kid, ...provider.header })}.${encode(claims)}`
    return `${input}.${createHmac('sha256', secret(provider)).update(input).digest('base64url')}`
  }
}

function publicKeyOf ({ signer }: ScriptedProvider): ReturnType<typeof createPublicKey> {
  return createPublicKey(privateKeyOf(signer))
}

function es256 (encoding: 'ieee-p1363' | 'der'): Signer {
  return (claims, { header }) => {
    const input = `${encode({ alg: 'ES256', kid: 'ec', ...header })}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(input), { key: privateKeyOf(ec), dsaEncoding: encoding })
    return `${input}.${signature.toString('base64url')}`
  }
}

/** A signature of the same bytes in another spelling: bits that stand for nothing are set. */
function misspelled (signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(signature.slice(-1))
  return signature.slice(0, -1) + alphabet.charAt(last | 1)
}

const withEc: Partial<HostileCase> = {
  oidc: { idTokenSigningAlg: 'ES256' },
  usual (provider) {
    provider.keys = [ec]
    provider.signer = ec
  }
}

/** Each fault of how a token is signed and spelled, and what is right although it looks odd. */
export const signatureFaults: readonly SignatureFaults[] = [
  about('RFC 8725, 3.2; OpenID Connect Core, 3.1.3.7, number 6', {
    'alg is none, without a signature': (claims, { header }) => `${encode({ alg: 'none', ...header })}.${encode(claims)}.`,
    'alg is none in other letters': (claims, { header }) => `${encode({ alg: 'nOnE', ...header })}.${encode(claims)}.`,
    'alg is none, with the kid of a key': (claims, { header }) => `${encode({ alg: 'none', kid: 'one', ...header })}.${encode(claims)}.`,
    'alg is none, with a signature that is right': withHeader({ alg: 'none' }),
    'alg is absent': withHeader({ alg: undefined }),
    'alg is empty': withHeader({ alg: '' }),
    'alg is null': withHeader({ alg: null }),
    'alg is a list': withHeader({ alg: ['RS256'] }),
    'alg is in small letters': withHeader({ alg: 'rs256' }),
    'the signature is empty': changed((header, payload) => `${header}.${payload}.`)
  }),
  about('RFC 8725, 2.1 and 3.1; OpenID Connect Core, 3.1.3.7, number 7', {
    'HS256 with the client secret': hs256(({ clientSecret }) => clientSecret),
    'HS256 with the client secret and the kid of a key': hs256(({ clientSecret }) => clientSecret, 'one'),
    'HS256 with the public key as PEM': hs256(provider => publicKeyOf(provider).export({ format: 'pem', type: 'spki' }), 'one'),
    'HS256 with the public key as PKCS #1': hs256(provider => publicKeyOf(provider).export({ format: 'pem', type: 'pkcs1' }), 'one'),
    'HS256 with the public key as DER': hs256(provider => publicKeyOf(provider).export({ format: 'der', type: 'spki' }), 'one'),
    'HS256 with the public key as JWK': hs256(({ signer: { jwk } }) => JSON.stringify(jwk), 'one'),
    'HS256 with an empty secret': hs256(() => '', 'one')
  }, { usual (provider) { provider.metadata = { id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'] } } }),
  about('OpenID Connect Core, 3.1.3.7, number 7: RS256 unless another was registered', {
    'alg is RS384, with the right key': (claims, { signer, header }) => {
      const input = `${encode({ alg: 'RS384', kid: 'one', ...header })}.${encode(claims)}`
      return `${input}.${sign('sha384', Buffer.from(input), privateKeyOf(signer)).toString('base64url')}`
    },
    'alg says PS256, and the signature is one of RS256': withHeader({ alg: 'PS256' }),
    'alg is ES256, with a key of the provider': es256('ieee-p1363')
  }, {
    usual (provider) {
      provider.keys = [provider.signer, ec]
      provider.metadata = { id_token_signing_alg_values_supported: ['RS256', 'RS384', 'PS256', 'ES256'] }
    }
  }),
  about('OpenID Connect Core, 3.1.3.7, number 6; RFC 7515, 5.2', {
    'another key signed, under the kid of the right one': withForeignKey(() => ({})),
    'another key signed, under a kid that nobody knows': withForeignKey(() => ({ kid: 'foreign' })),
    'another key signed, without a kid': withForeignKey(() => ({ kid: undefined })),
    'the payload was changed': changed((header, payload, signature) => {
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload
      return `${header}.${encode({ ...claims, sub: 'admin' })}.${signature}`
    }),
    'the header was changed': changed((_header, payload, signature) => `${encode({ kid: 'one', alg: 'RS256' })}.${payload}.${signature}`),
    'the signature is one of another text': (claims, { signer, header }) =>
      `${encode({ alg: 'RS256', kid: 'one', ...header })}.${encode(claims)}.${rs256(privateKeyOf(signer), 'another text')}`,
    'the signature is cut short': changed((header, payload, signature) => `${header}.${payload}.${signature.slice(0, -4)}`),
    'the signature has a byte more': changed((header, payload, signature) => `${header}.${payload}.${signature}AA`),
    'the signature is zeros': changed((header, payload, signature) => `${header}.${payload}.${'A'.repeat(signature.length)}`)
  }),
  about('CVE-2022-21449; RFC 7518, 3.4', {
    'the signature of ES256 is zeros': (claims, { header }) => `${encode({ alg: 'ES256', kid: 'ec', ...header })}.${encode(claims)}.${'A'.repeat(86)}`,
    'the signature of ES256 is encoded as DER': es256('der'),
    'RS256 where ES256 is configured': (claims, { signer, header }) =>
      forge(privateKeyOf(foreign), { alg: 'RS256', kid: signer.kid, ...header }, claims)
  }, withEc),
  about('RFC 7518, 3.4', {
    'ES256 as it should be, where it is configured': async (claims, provider) => await provider.signJwt(claims)
  }, { ...withEc, expected: good }),
  about('RFC 7515, 4.1.4', {
    'kid is one that nobody knows, although the key is right': withHeader({ kid: 'unknown' }),
    'kid is a number': withHeader({ kid: 1 }),
    'kid is null': withHeader({ kid: null }),
    'kid is a path': withHeader({ kid: '../../../dev/null' }),
    'kid is empty': withHeader({ kid: '' })
  }),
  about('OpenID Connect Core, 10.1: without kid only one key may fit', {
    'kid is absent, and two keys fit': withHeader({ kid: undefined })
  }, { usual (provider) { provider.keys = [provider.signer, { ...foreign, kid: 'two', jwk: { ...foreign.jwk, kid: 'two' } }] } }),
  about('OpenID Connect Core, 10.1: without kid only one key may fit', {
    'kid is absent, and one key fits': withHeader({ kid: undefined })
  }, { usual (provider) { provider.keys = [provider.signer, ec] }, expected: good }),
  about('RFC 8725, 3.10: a token does not say which key to trust', {
    'jwk brings the key': withForeignKey(({ jwk }) => ({ jwk })),
    'jwk brings the key, without a kid': withForeignKey(({ jwk }) => ({ jwk, kid: undefined })),
    'jku leads to the key': withForeignKey(() => ({ jku: 'https://evil.example/keys' })),
    'jku leads to the key, with a kid that nobody knows': withForeignKey(() => ({ jku: 'https://evil.example/keys', kid: 'foreign' })),
    'x5u leads to the key': withForeignKey(() => ({ x5u: 'https://evil.example/certificate' })),
    'x5c brings the key': withForeignKey(() => ({ x5c: ['MIIB'] }))
  }, {
    page (t, _answer, { provider }) {
      t.notOk(provider.requests.some(({ url }) => url.hostname === 'evil.example'), 'nobody asks there')
    }
  }),
  about('RFC 7515, 4.1.11', {
    'crit names what nobody understands': withHeader({ crit: ['x'], x: 1 }),
    'crit is an empty list': withHeader({ crit: [] }),
    'crit is a text': withHeader({ crit: 'exp', exp: 1 }),
    'crit is null': withHeader({ crit: null }),
    'crit names a member of the standard': withHeader({ crit: ['alg'] }),
    'crit names what is not there': withHeader({ crit: ['x'] })
  }),
  about('RFC 7797, 7: no JWT has b64 false', {
    'b64 is false and critical': (claims, { signer, header: usual }) => {
      const header = encode({ alg: 'RS256', kid: 'one', ...usual, b64: false, crit: ['b64'] })
      const payload = encode(claims)
      return `${header}.${payload}.${rs256(privateKeyOf(signer), `${header}.${payload}`)}`
    },
    'b64 is true and critical': withHeader({ b64: true, crit: ['b64'] })
  }),
  about('RFC 7515, 7.1; RFC 7519, 7.2', {
    'there is a part too many': changed((header, payload, signature) => `${header}.${payload}.${signature}.`),
    'there are two parts': changed((header, payload) => `${header}.${payload}`),
    'there is a part in front': changed((header, payload, signature) => `.${header}.${payload}.${signature}`),
    'there are five parts, as of an encrypted token': changed((header, payload, signature) => `${header}..${payload}.${signature}.x`),
    'the payload is a list': (claims, { signer, header }) => forge(privateKeyOf(signer), { alg: 'RS256', kid: 'one', ...header }, [claims]),
    'the header is a list': (claims, { signer }) => forge(privateKeyOf(signer), [{ alg: 'RS256', kid: 'one' }], claims),
    'the header is no JSON': (claims, { signer }) => forge(privateKeyOf(signer), 'alg=RS256', claims)
  }),
  about('RFC 7519, 7.2: the payload is an object', {
    'the payload is itself a token': (claims, { signer, header }) =>
      forge(privateKeyOf(signer), { alg: 'RS256', kid: 'one', cty: 'JWT', ...header }, `${encode({ alg: 'none' })}.${encode(claims)}.`),
    'the payload is null': (_claims, { signer, header }) => forge(privateKeyOf(signer), { alg: 'RS256', kid: 'one', ...header }, 'null'),
    'the payload breaks off': (claims, { signer, header }) =>
      forge(privateKeyOf(signer), { alg: 'RS256', kid: 'one', ...header }, JSON.stringify(claims).slice(0, -1))
  }, { nobodyCanGoOn: true }),
  about('RFC 7515, 2 and 5.2: no padding, blanks or line breaks', {
    'there is a line break after the token': changed((header, payload, signature) => `${header}.${payload}.${signature}\n`),
    'there is a blank in front of the token': changed((header, payload, signature) => ` ${header}.${payload}.${signature}`),
    'there is a line break in the signature': changed((header, payload, signature) => `${header}.${payload}.${signature.slice(0, 76)}\r\n${signature.slice(76)}`),
    'the signature has padding': changed((header, payload, signature) => `${header}.${payload}.${signature}==`),
    'the signature has another alphabet': changed((header, payload, signature) => `${header}.${payload}.+/${signature.slice(2)}`),
    'the last letter of the signature stands for bits that are not there (RFC 4648, 3.5)':
      changed((header, payload, signature) => `${header}.${payload}.${misspelled(signature)}`)
  }),
  about('RFC 7519, 4: of two claims of one name the last counts', {
    'sub is there twice': (claims, { signer, header }) =>
      forge(privateKeyOf(signer), { alg: 'RS256', kid: 'one', ...header }, JSON.stringify(claims).replace('{', '{"sub":"admin",'))
  }, { expected: good }),
  about('RFC 7519, 4: a claim must be there itself', {
    'sub and all else is inherited from __proto__': (claims, { signer, header }) =>
      forge(privateKeyOf(signer), { alg: 'RS256', kid: 'one', ...header }, `{"__proto__":${JSON.stringify(claims)}}`)
  }),
  about('RFC 7519, 3: claims are JSON in UTF-8', {
    'the payload is no UTF-8': (claims, { signer, header }) => {
      const bytes = Buffer.from(JSON.stringify({ ...claims, name: '~' }))
      bytes[bytes.indexOf('~')] = 0xff
      const input = `${encode({ alg: 'RS256', kid: 'one', ...header })}.${bytes.toString('base64url')}`
      return `${input}.${rs256(privateKeyOf(signer), input)}`
    }
  }),
  about('RFC 7518, 3.3: an RSA key has 2048 bits or more', {
    'the key has 1024 bits': (() => {
      const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
      return (claims, provider) => {
        const jwk = { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256', use: 'sig' }
        provider.keys = [{ ...provider.signer, jwk }]
        return forge(weak.privateKey, { alg: 'RS256', kid: 'weak', ...provider.header }, claims)
      }
    })()
  }, { heals: 30 })
]
