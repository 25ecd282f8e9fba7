import t from 'tap'
import * as errors from '../lib/errors.ts'
import { createCompiler, findBlocks } from './_doc-blocks.ts'
import { readText, trackedFiles } from './_tracked-files.ts'

const files = trackedFiles()
const pages = files.filter(file => file === 'README.md' || /^docs\/.*\.md$/.test(file))

type AnyError = new (options: { challenge: string }) => { code: string, statusCode?: number }

t.test('every error code has one row in the reference, with its status, and every row has an error', async t => {
  const rows = readText('docs/reference/errors.md').split('\n').filter(line => /^\|.*FST_LOGIN_/.test(line))
  const documented = new Map(rows.map(row => [/FST_LOGIN_\w+/.exec(row)?.[0], row]))
  const classes = Object.values(errors) as readonly unknown[] as readonly AnyError[]
  const made = classes.map(Class => new Class({ challenge: '' }))
  t.strictSame([...documented.keys()].sort(), made.map(({ code }) => code).sort())
  t.equal(rows.length, documented.size, 'no code has two rows')
  for (const { code, statusCode } of made) t.match(documented.get(code), `${statusCode}`, code)
})

t.test('no other file of the library makes an error code', async t => {
  const makers = files.filter(file => file.startsWith('lib/') && /['"`]FST_LOGIN_/.test(readText(file)))
  t.ok(makers.length > 0)
  t.strictSame(makers.filter(path => !path.startsWith('lib/errors/')), [])
})

t.test('every ts block of the pages compiles', async t => {
  const compile = createCompiler()
  const blocks = pages.map(page => findBlocks(page, readText(page)).filter(({ language }) => language === 'ts'))
  // What a page adds to the types of a module must not reach other pages.
  const widening = blocks.filter(page => page.some(({ code }) => /^declare (module|global)/m.test(code)))
  const plain = blocks.filter(page => !widening.includes(page)).flat()
  for (const program of [plain, ...widening]) t.strictSame(compile(program), [])
})

t.test('the README names the two commands that run the demonstration and the tests', async t => {
  for (const command of ['npm ci && npm run demo', 'npm ci && npm test']) t.match(readText('README.md'), command)
})

t.test('every link of a page to a file leads somewhere', async t => {
  for (const page of pages) {
    const base = new URL(page, 'file:///')
    for (const [, target = ''] of readText(page).matchAll(/\]\((?!\w+:|#)([^)\s#]+)/g)) {
      const { pathname } = new URL(target, base)
      const path = decodeURIComponent(pathname.slice(1)).replace(/\/$/, '')
      t.ok(files.some(file => file === path || file.startsWith(`${path}/`)), `${page} links to ${target}`)
    }
  }
})

t.test('no file names a path of one machine or a host of a package registry', async t => {
  const machine = /(?<![\w.:/+=*-])\/(?:work|home|root)\/\w|\/tmp\/bash/
  const registry = new RegExp(['registry', '(npmjs|yarnpkg|npmmirror)', '(org|com)'].join('\\.'))
  for (const file of files) {
    const text = readText(file)
    for (const pattern of [machine, registry]) t.notMatch(pattern.exec(text)?.[0], /./, file)
  }
})
