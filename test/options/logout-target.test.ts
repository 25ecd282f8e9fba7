import { test } from 'tap'
import { isLogoutTarget } from '../../lib/options/logout-target.ts'

const LONGEST = `https://a.example/${'a'.repeat(2030)}`

test('a logout may end at a path of this site, or at an address of the web', async t => {
  for (const target of ['/', '/bye?a=b#c', 'https://www.example.com', 'http://localhost:3000/bye', LONGEST]) t.equal(isLogoutTarget(target), true, target)
})

test('it ends nowhere else', async t => {
  const targets = [
    undefined, null, 7, {}, '', 'bye', '//evil.example', '/\\evil.example', '/a/..//evil.example', 'javascript:alert(1)',
    'ftp://a.example', 'https://', 'https:evil.example', ' https://a.example', `/${'a'.repeat(1024)}`,
    `https://a.example/${'a'.repeat(2031)}`, `https://a.example/${'\u65e5'.repeat(300)}`
  ]
  for (const target of targets) t.equal(isLogoutTarget(target), false, String(target))
})
