import { test } from 'tap'
import { mayBeOpened, mayReceive, parseHost } from '../../lib/client/host.ts'

test('a host may be written in many ways, and means one issuer', async t => {
  const issuers = [
    ['app.example.com', 'https://app.example.com'],
    ['https://app.example.com/', 'https://app.example.com'],
    ['HTTPS://App.Example.com:443', 'https://app.example.com'],
    ['app.example.com:8443/tenants/a', 'https://app.example.com:8443/tenants/a'],
    ['https://app.example.com/a/', 'https://app.example.com/a/'],
    ['localhost:3000', 'http://localhost:3000'],
    ['127.0.0.1', 'http://127.0.0.1'],
    ['[::1]:3000', 'http://[::1]:3000'],
    ['https://localhost:3000', 'https://localhost:3000'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['localhost.example.com', 'https://localhost.example.com']
  ] as const
  for (const [text, issuer] of issuers) t.equal(parseHost(text).issuer, issuer, text)
})

test('what is no host, or would send secrets in the clear, is refused by what was written', async t => {
  for (const text of ['', 'a b', 'http://', 'ftp://app.example.com', 'http://app.example.com', 'http://127.0.0.1.example.com', 'https://app.example.com?a', 'https://app.example.com#a', 'javascript://x']) {
    t.throws(() => parseHost(text), { code: 'ARGUMENT_INVALID' }, text)
  }
  t.throws(() => parseHost('\u001b[2J bad'), { message: /^"\\u\{1b\}\[2J bad" is no host/ })
  t.throws(() => parseHost('https://alice:hunter2@app.example.com'), { message: /^(?!.*hunter2).*must have no user/ })
})

test('secrets go over https, and to this machine only from a host that is on it', async t => {
  const [far, near] = [parseHost('app.example.com'), parseHost('localhost:3000')]
  for (const host of [far, near]) {
    t.equal(mayReceive(host, 'https://other.example/token'), true)
    for (const bad of [undefined, 1, '', '/token', 'http://other.example/token', 'file:///token', 'javascript:1']) {
      t.equal(mayReceive(host, bad), false, `${bad}`)
    }
  }
  t.equal(mayReceive(near, 'http://127.0.0.1:9000/token'), true)
  t.equal(mayReceive(far, 'http://127.0.0.1:9000/token'), false)
})

test('people are sent to https, and to http only by a host of this machine', async t => {
  const [far, near] = [parseHost('app.example.com'), parseHost('localhost:3000')]
  t.equal(mayBeOpened(far, 'https://id.example/'), true)
  t.equal(mayBeOpened(far, 'http://id.example/'), false)
  t.equal(mayBeOpened(near, 'http://id.example/'), true)
  for (const bad of [undefined, 'here', 'file:///etc/passwd', 'javascript:alert(1)', '--version']) t.equal(mayBeOpened(near, bad), false, `${bad}`)
})
