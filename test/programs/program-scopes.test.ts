import { test } from 'tap'
import { narrowScopes, parseScopes, scopesFor } from '../../lib/programs/program-scopes.ts'
import { programsOf } from './_bench.ts'

const [program] = programsOf({ cli: { scopes: ['a', 'b'] } })

test('a program gets what it asks for, of what it may have; all of it where it asks for nothing', async t => {
  if (program === undefined) throw new Error('no program')
  t.same(scopesFor(program, 'b'), ['b'])
  t.same(scopesFor(program, undefined), ['a', 'b'])
  t.same(scopesFor(program, '  '), ['a', 'b'])
  t.same(scopesFor(program, 'a a openid profile email offline_access'), ['a', 'openid', 'profile', 'email', 'offline_access'])
  t.equal(scopesFor(program, 'a c'), undefined)
  t.equal(scopesFor(program, 'A'), undefined)
  t.equal(scopesFor(program, 'a\u0000'), undefined)
})

test('scopes are words of RFC 6749, section 3.3', async t => {
  t.same(parseScopes('x  y x'), ['x', 'y'])
  for (const text of ['"', 'a\\b', 'a\nb', 'ü', 'a\tb']) t.equal(parseScopes(text), undefined)
})

test('what was agreed to can be narrowed, and shrinks with what a program is registered for', async t => {
  if (program === undefined) throw new Error('no program')
  t.same(narrowScopes(program, ['openid', 'a', 'gone', 'offline_access']), ['openid', 'a'])
  t.same(narrowScopes(program, ['a', 'b'], ['b', 'offline_access']), ['b'])
  t.same(narrowScopes(program, ['a', 'b'], ['offline_access']), ['a', 'b'])
  for (const scope of ['b', 'gone', 'openid']) t.equal(narrowScopes(program, ['a', 'gone'], [scope]), undefined, scope)
})
