import Fastify, { type FastifyInstance } from 'fastify'
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { type Test, test } from 'tap'
import { StoreUnavailable } from '../../lib/errors.ts'
import { jwksRoutes, type PublishedKeys } from '../../lib/routes/jwks.ts'

async function build (t: Test, jwks: PublishedKeys['jwks'], paths: readonly string[] = ['/auth/jwks']): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(jwksRoutes, { paths, keys: { jwks } })
  return app
}

const keys = [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'one', alg: 'EdDSA', use: 'sig' }]

test('the keys are a JWK Set that anybody may keep for five minutes (RFC 7517, sections 5 and 8.5.2)', async t => {
  const app = await build(t, async () => ({ keys }))
  const answer = await app.inject({ url: '/auth/jwks', headers: { cookie: 'login=nonsense', authorization: 'Bearer nonsense' } })
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), { keys })
  t.equal(answer.headers['content-type'], 'application/jwk-set+json')
  t.equal(answer.headers['cache-control'], 'public, max-age=300')
  t.match(answer.headers.etag, /^"[\w-]{43}"$/, 'a strong one')
  for (const name of ['vary', 'set-cookie', 'access-control-allow-origin']) t.equal(answer.headers[name], undefined, name)
  t.equal((await app.inject({ method: 'POST', url: '/auth/jwks' })).statusCode, 404)
})

test('who has them already gets no second copy (RFC 9110, section 13.1.2)', async t => {
  let current = keys
  const app = await build(t, async () => ({ keys: current }))
  const ask = async (tag?: string): Promise<{ statusCode: number, headers: Record<string, unknown>, body: string }> =>
    await app.inject({ url: '/auth/jwks', headers: tag === undefined ? {} : { 'if-none-match': tag } })
  const tag = String((await ask()).headers['etag'])
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`, `"a,b" ,W/${tag} , "c"`, '*', ' * ']) {
    const answer = await ask(known)
    t.match([answer.statusCode, answer.body, answer.headers['etag'], answer.headers['cache-control']], [304, '', tag, 'public, max-age=300'], known)
    t.equal(answer.headers['content-type'], undefined)
  }
  for (const unknown of ['"other"', tag.slice(1, -1), `x${tag}`, '"*"', '', ',', `"${tag}`, '"'.repeat(8000), ','.repeat(8000)]) {
    t.equal((await ask(unknown)).statusCode, 200, unknown.slice(0, 60))
  }
  current = []
  const later = await ask(tag)
  t.equal(later.statusCode, 200)
  t.not(later.headers['etag'], tag)
})

test('a HEAD says the same without them, also over a socket', async t => {
  const app = await build(t, async () => ({ keys }))
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/auth/jwks`
  const [got, head] = [await fetch(url), await fetch(url, { method: 'HEAD' })]
  for (const name of ['etag', 'cache-control', 'content-type', 'content-length']) t.equal(head.headers.get(name), got.headers.get(name), name)
  t.equal(await head.text(), '')
  const known = await fetch(url, { method: 'HEAD', headers: { 'if-none-match': String(got.headers.get('etag')) } })
  t.equal(known.status, 304)
  t.same(await got.json(), { keys })
})

test('an independent library verifies with them', async t => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const app = await build(t, async () => ({ keys: [{ ...await exportJWK(publicKey), kid: 'one', alg: 'ES256' }] }))
  const token = await new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(privateKey)
  const set = createLocalJWKSet((await app.inject('/auth/jwks')).json())
  t.match((await jwtVerify(token, set)).payload, { sub: 'alice' })
})

test('where they cannot be read, nobody is told that there are none', async t => {
  const app = await build(t, async () => { throw new StoreUnavailable() })
  const answer = await app.inject({ url: '/auth/jwks', headers: { 'if-none-match': '*' } })
  t.match([answer.statusCode, answer.json()], [503, { error: 'temporarily_unavailable' }])
  t.match(answer.headers, { 'cache-control': 'no-store', 'retry-after': '5', etag: undefined })
  const broken = await build(t, async () => { throw new TypeError('inner') })
  const fault = await broken.inject('/auth/jwks')
  t.match([fault.statusCode, fault.json()], [500, { error: 'server_error' }])
  t.notMatch(fault.body, 'inner')
})
