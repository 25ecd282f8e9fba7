import { test } from 'tap'
import { openReturnPath } from '../../lib/routes/create-sign-in.ts'
import { peopled } from '../oidc/_people.ts'
import { buildSite } from '../oidc/_site.ts'

test('the address of a sign-in that leads to the root carries no return path', async t => {
  const { stranger } = await peopled(t)
  t.equal((await stranger.get('/login-url?to=/')).body, 'https://app.example.com/auth/login')
})

test('a return path travels sealed', async t => {
  const { stranger } = await peopled(t)
  const { body } = await stranger.get('/login-url?to=/deep/secret-name')
  t.match(body, /^https:\/\/app\.example\.com\/auth\/login\?returnTo=[\w.-]+$/)
  t.notMatch(body, 'secret-name')
})

test('a stranger is led to the sign-in with the path of the page, query included', async t => {
  const { site, stranger } = await peopled(t)
  const { headers, statusCode } = await stranger.get('/deep/1?a=b&c=%2F')
  t.equal(statusCode, 302)
  const sealed = new URL(String(headers.location)).searchParams.get('returnTo')
  t.equal(openReturnPath(site.vault, sealed)?.returnTo, '/deep/1?a=b&c=%2F')
})

test('a page with a path of more than 1,024 bytes leads to the root', async t => {
  const { stranger } = await peopled(t)
  t.equal((await stranger.get(`/deep/${'a'.repeat(1024)}`)).headers.location, 'https://app.example.com/auth/login')
})

test('only texts that were sealed for this purpose open', async t => {
  const { vault } = await buildSite(t)
  t.equal(openReturnPath(vault, vault.seal('return-path', { v: 1, r: '/a' }))?.returnTo, '/a')
  for (const sealed of [undefined, null, 7, ['a'], {}, '', '/a', vault.seal('return-path', { v: 2, r: '/a' }), vault.seal('state', { v: 1, r: '/a' })]) {
    t.equal(openReturnPath(vault, sealed), undefined)
  }
})
