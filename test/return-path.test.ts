import { test } from 'tap'
import { parseReturnPath, RETURN_PATH_MAX_BYTES } from '../lib/return-path.ts'

const site = 'https://app.example'

/** Whether a browser on the site that follows the path stays there. */
function staysHere (path: string): boolean {
  const url = new URL(path, site)
  return url.origin === site && !url.pathname.startsWith('//')
}

test('a path of this site is itself', async t => {
  for (const path of ['/', '/a', '/a/', '/a/b?c=d&e=%20f#g', '/a//b', '/?next=//x', '/#//x', '/?u=https://x.example', '/a:b@c', '/%2F%2Fx', '/%5cx', '/a?b=c d'.replace(' ', '+'), "/it's"]) {
    t.equal(parseReturnPath(path), path)
  }
})

test('a path comes back in the form a browser makes of it', async t => {
  t.equal(parseReturnPath('/a/../b?c'), '/b?c')
  t.equal(parseReturnPath('/./a/./b'), '/a/b')
  t.equal(parseReturnPath('/a/%2e%2E/b'), '/b')
  t.equal(parseReturnPath('/ä?ö#ü'), '/%C3%A4?%C3%B6#%C3%BC')
  t.equal(parseReturnPath('/<script>?"'), '/%3Cscript%3E?%22')
  t.equal(parseReturnPath('/\ud800'), '/%EF%BF%BD')
  t.equal(parseReturnPath('/a/..'), '/')
})

for (const [what, paths] of Object.entries({
  'another host': ['//evil.example', '///evil.example', '////evil.example', '//evil.example/a', '//evil.example@app.example', '//app.example', '//:80', '//'],
  'a backslash': ['/\\evil.example', '\\\\evil.example', '\\/evil.example', '/a\\b', '/a/..\\..\\/x', '/?a=\\', '/#\\'],
  'dot segments that end in two slashes': ['/.//evil.example', '/..//evil.example', '/a/..//evil.example', '/a/b/../..//evil.example', '/././/x', '/.///x'],
  'encoded dot segments that end in two slashes': ['/%2e//x', '/%2e%2e//x', '/%2E%2e//x', '/.%2e//x', '/a/%2e%2e//x', '/a/.%2E//evil.example'],
  'control characters': ['/\t/x', '/\n/x', '/\r/x', '\t//x', '/\u0000', '/a\u0000', '/a\u001f', '/a\u007f', '/a\u0085', '/a\u009f', '/a\r\nSet-Cookie: x=y', '/.\t//x'],
  blanks: [' /a', '/a ', '/ /x', '/a b', '/\u00a0', '/\u2028', '/\ufeff', '/\u3000x'],
  'another scheme': [
    'https://evil.example', 'http:/x', 'http:x', 'https:evil.example', 'javascript:alert(1)', 'data:text/html,x', 'blob:https://app.example/x', 'file:///x', 'mailto:a@b',
    'app.example', 'JAVASCRIPT:alert(1)', 'x:/y'
  ],
  'no path': ['', 'a', './a', '../a', '?a', '#a', '.', '..', '~', '*']
})) {
  test(`a path with ${what} is refused`, async t => {
    t.same(paths.filter(path => parseReturnPath(path) !== undefined), [])
  })
}

test('what is no text is no path', async t => {
  for (const path of [undefined, null, 1, true, {}, [], ['/a'], { toString: () => '/a' }, Symbol('/a'), new URL(`${site}/a`)]) {
    t.equal(parseReturnPath(path), undefined)
  }
})

test('a path is at most 1024 bytes in the form that travels', async t => {
  t.equal(RETURN_PATH_MAX_BYTES, 1024)
  const longest = `/${'a'.repeat(1023)}`
  t.equal(parseReturnPath(longest), longest)
  t.equal(parseReturnPath(`${longest}a`), undefined)
  t.equal(parseReturnPath(`/${'ä'.repeat(170)}`)?.length, 1021)
  t.equal(parseReturnPath(`/${'ä'.repeat(171)}`), undefined)
  t.equal(parseReturnPath(`/a?${'b'.repeat(1022)}`), undefined)
  t.equal(parseReturnPath(`/a#${'b'.repeat(1022)}`), undefined)
  t.equal(parseReturnPath(`/${'a/../'.repeat(2000)}`), '/')
})

test('a very long text is refused without ado', async t => {
  for (const path of [`/${'a'.repeat(1_000_000)}`, `/${'/'.repeat(1_000_000)}`, ' '.repeat(1_000_000), `/${'../'.repeat(300_000)}/x`]) {
    t.equal(parseReturnPath(path), undefined)
  }
})

test('a path that was accepted is accepted again, unchanged', async t => {
  for (const path of ['/', '/a/../b', '/ä', '/%2e%2e/x', '/a/./b?c#d', '/<>"`{}|^']) {
    const once = parseReturnPath(path)
    t.type(once, 'string')
    t.equal(parseReturnPath(once), once)
  }
})

/** A small generator of its own, so that a failure comes again. */
function createDice (seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(state / 2 ** 32 * sides)
  }
}

test('whatever is put together, what is accepted stays on this site', async t => {
  const parts = [
    '/', '//', '\\', '.', '..', '/.', '/..', '%2e', '%2E', '%2f', '%5c', '?', '#', ':', '@', ';', '&', '=', '%', '%0a', '%00', '\t', '\n', '\r', '\u0000', ' ',
    'a', 'b.c', 'evil.example', 'http:', 'https://', 'javascript:', 'blob:', '[::1]', 'ä', '。', '／', '＼', '\u2044', '\u2215', '\ud800', '😀', '\u200b', '\u00ad', '|', '^', '`', '<', '"'
  ]
  const roll = createDice(20_260_101)
  const left: string[] = []
  let accepted = 0
  for (let turn = 0; turn < 40_000; turn++) {
    const path = '/' + Array.from({ length: roll(7) }, () => parts[roll(parts.length)]).join('')
    const clean = parseReturnPath(path)
    if (clean === undefined) continue
    accepted++
    if (!staysHere(clean) || parseReturnPath(clean) !== clean || !/^[\x21-\x7e]+$/.test(clean)) left.push(path)
  }
  t.same(left, [])
  t.ok(accepted > 5000, `${accepted}`)
})
