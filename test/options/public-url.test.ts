import { test } from 'tap'
import { isAcceptableAddress, resolvePublicUrl } from '../../lib/options/public-url.ts'
import { refuses } from './_refusal.ts'

const resolve = (value: unknown, allowHttp = false) => resolvePublicUrl(value, allowHttp)

test('an address is taken apart once', async t => {
  t.same(resolve('https://app.example'), { origin: 'https://app.example', basePath: '', isSecure: true, isLoopback: false, hostname: 'app.example', port: '' })
  t.same(resolve('http://localhost:3000/a/b/'), { origin: 'http://localhost:3000', basePath: '/a/b', isSecure: false, isLoopback: true, hostname: 'localhost', port: '3000' })
  t.ok(Object.isFrozen(resolve('https://app.example')))
})

test('an origin is spelled as browsers spell it', async t => {
  t.equal(resolve('HTTPS://App.Example:443/').origin, 'https://app.example')
  t.equal(resolve('https://ä.example').origin, 'https://xn--4ca.example')
})

test('slashes at the end of the path are no part of it', async t => {
  for (const url of ['https://a.example/', 'https://a.example//', 'https://a.example']) t.equal(resolve(url).basePath, '', url)
  for (const url of ['https://a.example/b', 'https://a.example/b/', 'https://a.example/b//', 'https://a.example/x/../b']) t.equal(resolve(url).basePath, '/b', url)
})

test('what is no address is refused', async t => {
  for (const value of [undefined, null, 1, '', 'app.example', '/path', '//app.example', 'https://', 'https://a b', new URL('https://a.example')]) {
    refuses(t, () => resolve(value), 'publicUrl')
  }
  refuses(t, () => resolve('app.example'), 'publicUrl', 'as https://app.example.com')
})

test('an address with a user, a query or a fragment is refused', async t => {
  for (const value of ['https://u@a.example', 'https://u:p@a.example', 'https://:p@a.example', 'https://a.example?q', 'https://a.example/#f']) {
    refuses(t, () => resolve(value), 'publicUrl', 'no user, query or fragment')
  }
})

test('a path that browsers and routers read differently is refused', async t => {
  for (const path of ['//evil.example', '/a//b', '/:tenant', '/*', '/a%20b', '/a;b', '/a@b', '/ä']) {
    refuses(t, () => resolve(`https://a.example${path}`), 'publicUrl', 'must have a path as "/app"')
  }
})

test('http is for loopback', async t => {
  for (const host of ['localhost', 'localhost:3000', 'app.localhost', '127.0.0.1', '127.1.2.3:80', '[::1]:8080', 'LOCALHOST', '127.1', '0x7f.1']) {
    t.equal(resolve(`http://${host}`).isLoopback, true, host)
  }
  for (const host of ['app.example', 'localhost.example', 'notlocalhost', '128.0.0.1', '10.0.0.1', '[::2]', '[::ffff:7f00:1]', '0.0.0.0', '127.0.0.1.example']) {
    refuses(t, () => resolve(`http://${host}`), 'publicUrl', 'oidc.allowHttp')
  }
})

test('http elsewhere needs the word of the application', async t => {
  t.match(resolve('http://app.example', true), { isSecure: false, isLoopback: false })
})

test('another scheme is refused whatever the word', async t => {
  for (const url of ['ftp://localhost', 'ws://localhost', 'javascript:alert(1)', 'file:///etc/passwd', 'app://x']) {
    refuses(t, () => resolve(url, true), 'publicUrl', 'must begin with https://')
  }
})

test('an address of a provider is acceptable on https, and on http where that is allowed', async t => {
  t.equal(isAcceptableAddress('https://id.example/token', false), true)
  t.equal(isAcceptableAddress('http://id.example/token', false), false)
  t.equal(isAcceptableAddress('http://id.example/token', true), true)
  for (const address of [undefined, null, 1, '', '/token', 'javascript:alert(1)', 'ftp://id.example', new URL('https://id.example')]) {
    t.equal(isAcceptableAddress(address, true), false, String(address))
  }
})
