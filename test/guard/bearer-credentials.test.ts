import type { IncomingMessage } from 'node:http'
import { test } from 'tap'
import { hasTokenInQuery, shownCredentials, tokenScheme, usualText } from '../../lib/guard/bearer-credentials.ts'

type Headers = Parameters<typeof shownCredentials>[0]

function requestWith (authorization: string | undefined, url = '/', more: readonly string[] = []): Headers {
  const rawHeaders = authorization === undefined ? [...more] : ['Authorization', authorization, ...more]
  return { raw: { url, headers: { authorization }, rawHeaders } as unknown as IncomingMessage }
}

test('a token is what stands after the scheme and blanks', async t => {
  for (const header of ['Bearer abc', 'bearer abc', 'BEARER   abc']) {
    t.same(shownCredentials(requestWith(header)), { scheme: 'bearer', text: 'abc' }, header)
  }
  t.same(shownCredentials(requestWith('DPoP a-b.c_d~e+f/g==')), { scheme: 'dpop', text: 'a-b.c_d~e+f/g==' })
})

test('another scheme, also one that begins alike, shows no token', async t => {
  for (const header of [undefined, '', 'Basic abc', 'bearerabc', 'Bearer-x abc', 'Bearers abc', 'eyJhbGciOi.e30.x', 'DPoP1 x']) {
    t.equal(tokenScheme(requestWith(header)), undefined, `${header}`)
    t.equal(shownCredentials(requestWith(header)), undefined, `${header}`)
  }
})

test('a header that is malformed shows a token that is none', async t => {
  for (const header of [
    'Bearer', 'Bearer ', 'Bearer a b', 'Bearer a, Bearer b', 'Bearer\tabc', 'Bearer abc ', ' Bearer abc', '\tBearer abc', 'Bearer "abc"',
    'Bearer ä', 'Bearer =', 'Bearer a=b', 'Bearer abc\u0000', 'Bearer a\u2028b', 'Bearer, abc', 'Bearer: abc', `Bearer ${'a'.repeat(100_000)}`
  ]) t.same(shownCredentials(requestWith(header)), { scheme: 'bearer', text: undefined }, encodeURI(header.slice(0, 30)))
})

test('of two headers none counts', async t => {
  const request = requestWith('Bearer abc', '/', ['authorization', 'Bearer def'])
  t.same(shownCredentials(request), { scheme: 'bearer', text: undefined })
})

test('what is written as usual is found without reading it, and nothing else', async t => {
  t.equal(usualText(requestWith('Bearer abc')), 'abc')
  t.equal(usualText(requestWith('Bearer a b')), 'a b', 'no token that was seen before is spelt so')
  for (const header of [undefined, '', 'bearer abc', 'Bearer\tabc', ' Bearer abc', 'DPoP abc', 'Basic abc', `Bearer ${'a'.repeat(16_378)}`]) {
    t.equal(usualText(requestWith(header)), undefined, `${header}`.slice(0, 20))
  }
  t.equal(usualText(requestWith('Bearer abc', '/', ['AUTHORIZATION', 'Bearer abc'])), undefined)
})

test('a token in the query is noticed, whatever stands before or after it', async t => {
  for (const url of ['/?access_token=x', '/a?b=c&access_token=', '/?access_token']) t.equal(hasTokenInQuery(requestWith(undefined, url)), true, url)
  for (const url of ['/', '/access_token', '/?x=access_token', '/?my_access_token=x', '/access_token?x=y']) {
    t.equal(hasTokenInQuery(requestWith(undefined, url)), false, url)
  }
  t.equal(hasTokenInQuery({ raw: {} as IncomingMessage }), false)
})
