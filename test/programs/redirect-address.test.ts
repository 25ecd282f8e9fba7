import { test } from 'tap'
import { isRegistered, redirectOf, siteOf, withAnswer } from '../../lib/programs/redirect-address.ts'
import { programsOf } from './_bench.ts'

const registered = [
  'http://127.0.0.1/callback', 'http://[::1]:7000/cb?a=b', 'http://localhost/', 'https://tool.example.com/callback',
  'com.example.tool:/callback'
]

test('an address is registered character for character (RFC 9700, section 4.1.3)', async t => {
  for (const address of registered) t.ok(isRegistered(address, registered), address)
  const foreign = [
    '', 'https://tool.example.com/callback/', 'https://tool.example.com/Callback', 'https://TOOL.example.com/callback',
    'https://tool.example.com:443/callback', 'https://tool.example.com/callback?x=1', 'https://tool.example.com/callback#x',
    'https://tool.example.com/callback/../callback', 'https://tool.example.com@evil.example/callback',
    'https://tool.example.com.evil.example/callback', 'http://tool.example.com/callback', 'com.example.tool:/other',
    'javascript:alert(1)', ' https://tool.example.com/callback', 'https://tool.example.com/callback\r\nx: y'
  ]
  for (const address of foreign) t.notOk(isRegistered(address, registered), JSON.stringify(address))
})

test('a program on this machine takes the port that it gets (RFC 8252, section 7.3)', async t => {
  for (const address of ['http://127.0.0.1:1/callback', 'http://127.0.0.1:65535/callback', 'http://[::1]/cb?a=b', 'http://[::1]:9/cb?a=b', 'http://localhost:3000/']) {
    t.ok(isRegistered(address, registered), address)
  }
  const foreign = [
    'http://127.0.0.1:65536/callback', 'http://127.0.0.1:0/callback', 'http://127.0.0.1:080/callback',
    'http://127.0.0.1:/callback', 'http://127.0.0.2:1/callback', 'http://127.0.0.1:1@evil.example/callback',
    'http://127.0.0.1:1/callback2', 'http://127.0.0.1:1/callback?x', 'https://127.0.0.1:1/callback',
    'http://localhost:1/callback', 'http://localhost.evil.example/', 'http://127.0.0.1.evil.example:1/callback',
    'http://127.0.0.1:1.evil.example/callback', 'http://127.0.0.1:1/callback\n', 'http://[::2]:7000/cb?a=b',
    'https://tool.example.com:8443/callback'
  ]
  for (const address of foreign) t.notOk(isRegistered(address, registered), JSON.stringify(address))
})

test('a request that names no address means the only one there is', async t => {
  const [one, two, none] = programsOf({ one: { redirectUris: ['https://a.example/'] }, two: { redirectUris: registered }, none: {} })
  if (one === undefined || two === undefined || none === undefined) throw new Error('no program')
  t.equal(redirectOf(one, undefined), 'https://a.example/')
  t.equal(redirectOf(one, 'https://a.example/x'), undefined)
  t.equal(redirectOf(two, undefined), undefined)
  t.equal(redirectOf(two, 'http://127.0.0.1:4/callback'), 'http://127.0.0.1:4/callback')
  t.equal(redirectOf(none, undefined), undefined)
})

test('an answer comes after what the address has, and breaks out of nothing', async t => {
  t.equal(withAnswer('https://a.example/cb', { code: 'c', state: undefined, iss: 'https://b.example' }), 'https://a.example/cb?code=c&iss=https%3A%2F%2Fb.example')
  t.equal(withAnswer('https://a.example/cb?x=1', { code: 'c' }), 'https://a.example/cb?x=1&code=c')
  t.equal(withAnswer('com.example.tool:/cb', { state: 'a\r\nSet-Cookie: x=1&code=y#z' }), 'com.example.tool:/cb?state=a%0D%0ASet-Cookie%3A+x%3D1%26code%3Dy%23z')
})

test('people read whose page it is, where it is a page', async t => {
  t.equal(siteOf('https://tool.example.com:8443/cb'), 'tool.example.com:8443')
  t.equal(siteOf('http://127.0.0.1:1/cb'), undefined)
  t.equal(siteOf('com.example.tool:/cb'), undefined)
})
