import type { JWTPayload } from 'jose'
import { test } from 'tap'
import { TokenBench } from './_bench.ts'

const print = 'a'.repeat(43)

async function read (claims: Record<string, unknown>) {
  const bench = await TokenBench.create()
  return await bench.accepted(await bench.token(claims as JWTPayload, { typ: 'at+jwt' }))
}

test('scopes are words of scope, or of scp where that is missing, each once', async t => {
  const scopesOf = async (claims: Record<string, unknown>) => (await read(claims)).scopes
  t.same(await scopesOf({ scope: 'a b  a' }), ['a', 'b'])
  t.same(await scopesOf({ scope: ['a', 'b c', 7, '', null] }), ['a', 'b c'])
  t.same(await scopesOf({ scope: undefined, scp: 'a b' }), ['a', 'b'])
  t.same(await scopesOf({ scope: undefined, scp: ['a', 'a'] }), ['a'])
  t.same(await scopesOf({ scope: 'a', scp: 'b' }), ['a'])
  t.same(await scopesOf({ scope: 7, scp: 'b' }), [])
  t.same(await scopesOf({ scope: undefined }), [])
})

test('a token that is bound to a key or a certificate says so (RFC 9449, section 6.1; RFC 8705, section 3.1)', async t => {
  const boundTo = async (cnf: object) => (await read({ cnf })).confirmation
  t.same(await boundTo({ jkt: print }), { keyThumbprint: print, certificateThumbprint: undefined })
  t.same(await boundTo({ 'x5t#S256': print }), { keyThumbprint: undefined, certificateThumbprint: print })
  t.same(await boundTo({ jkt: print, 'x5t#S256': print }), { keyThumbprint: print, certificateThumbprint: print })
})

test('when a person proved who they are is a time of the past, or unknown', async t => {
  t.equal((await read({ auth_time: 7 })).authenticatedAt, 7)
  for (const time of [undefined, '7', null, 9_999_999_999, '2021-01-20T10:00:00Z']) {
    t.equal((await read({ auth_time: time })).authenticatedAt, undefined)
  }
})
