import { createHash, webcrypto } from 'node:crypto'
import { test } from 'tap'
import { selfSigned } from '../_certificate.ts'
import { oidcSettingsOf, refuses } from './_refusal.ts'

const client = selfSigned('client')
const authority = selfSigned('authority', 'rsa')
const OPTION = 'oidc.clientAuthentication'

function headerOf (options: object): unknown {
  const { clientProof } = oidcSettingsOf({ clientAuthentication: { privateKey: client.key, ...options } })
  return clientProof.method === 'private_key_jwt' ? clientProof.header : undefined
}

const digest = (alg: string): string => createHash(alg).update(client.x509.raw).digest('base64url')
const thumbprints = { x5t: digest('sha1'), 'x5t#S256': digest('sha256') }

test('a key without a certificate says nothing of one', async t => {
  t.same(headerOf({}), {})
  t.same(headerOf({ certificate: undefined, thumbprint: undefined, sendCertificate: false }), {})
})

test('the header has both thumbprints of the certificate (RFC 7515, sections 4.1.7 and 4.1.8)', async t => {
  t.same(headerOf({ certificate: client.cert }), thumbprints)
  t.same(headerOf({ certificate: `Bag Attributes\r\n${client.cert.replaceAll('\n', '\r\n')}`, kid: 'one' }), { kid: 'one', ...thumbprints })
})

test('the certificate and its chain go along where they shall (RFC 7515, section 4.1.6)', async t => {
  const certificate = client.cert + authority.cert
  t.same(headerOf({ certificate }), thumbprints)
  t.same(headerOf({ certificate, sendCertificate: true }), {
    ...thumbprints, x5c: [client, authority].map(({ x509 }) => x509.raw.toString('base64'))
  })
  refuses(t, () => headerOf({ sendCertificate: true }), `${OPTION}.certificate`, 'is missing')
  refuses(t, () => headerOf({ certificate, sendCertificate: 'yes' }), `${OPTION}.sendCertificate`, 'true or false')
})

test('a thumbprint alone is enough, as portals show it', async t => {
  const { fingerprint, fingerprint256 } = client.x509
  t.same(headerOf({ thumbprint: fingerprint }), { x5t: thumbprints.x5t })
  t.same(headerOf({ thumbprint: fingerprint.replaceAll(':', '').toLowerCase() }), { x5t: thumbprints.x5t })
  t.same(headerOf({ thumbprint: ` ${fingerprint256.replaceAll(':', ' ')} ` }), { 'x5t#S256': thumbprints['x5t#S256'] })
  for (const thumbprint of ['', 5, fingerprint.slice(3), `${fingerprint}:00`, thumbprints.x5t, 'g'.repeat(40)]) {
    refuses(t, () => headerOf({ thumbprint }), `${OPTION}.thumbprint`)
  }
  refuses(t, () => headerOf({ thumbprint: fingerprint, certificate: client.cert }), `${OPTION}.thumbprint`, 'one of the two')
})

test('a certificate that is none, or of another key, is refused', async t => {
  const broken = client.cert.replace('MII', 'NII').replace('MIIB', 'NIIB').replace('MIH', 'NIH')
  t.not(broken, client.cert)
  for (const certificate of ['client.pem', client.key, broken]) {
    refuses(t, () => headerOf({ certificate }), `${OPTION}.certificate`, 'begins with -----BEGIN CERTIFICATE-----')
  }
  for (const certificate of ['', 5, null, client.x509]) refuses(t, () => headerOf({ certificate }), `${OPTION}.certificate`)
  for (const certificate of [authority.cert, authority.cert + client.cert]) {
    refuses(t, () => headerOf({ certificate }), `${OPTION}.certificate`, 'not the one of the private key')
  }
})

test('a key that only WebCrypto can use is taken with the certificate that is given', async t => {
  const { privateKey } = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  t.same(headerOf({ privateKey, certificate: client.cert }), thumbprints)
})
