import { test } from 'tap'
import { nameTables } from '../../../lib/stores/sql/tables.ts'

const quote = (name: string): string => `[${name}]`

test('names are quoted, each for itself', async t => {
  const { entries, tags, bare, index } = nameTables('Order_1', quote)
  t.same([entries, tags, bare], ['[Order_1]', '[Order_1_tags]', { entries: '[Order_1]', tags: '[Order_1_tags]' }])
  t.same(index('ends'), { bare: '[Order_1_ends]', qualified: '[Order_1_ends]' })
})

test('a schema stands in front', async t => {
  const { entries, tags, bare, index } = nameTables('app.login', quote)
  t.same([entries, tags, bare], ['[app].[login]', '[app].[login_tags]', { entries: '[login]', tags: '[login_tags]' }])
  t.same(index('ends'), { bare: '[login_ends]', qualified: '[app].[login_ends]' })
})

test('tables of different names are made without waiting for each other', async t => {
  const locks = ['login', 'Login', 'app.login'].map(table => nameTables(table, quote).lock)
  t.equal(new Set(locks).size, 3)
})

test('no index name is longer than PostgreSQL keeps', async t => {
  t.ok(nameTables('x'.repeat(40), name => name).index('tags_ends').bare.length <= 63)
})

test('anything but a plain name is refused', async t => {
  const odd = ['', 'a b', 'a-b', 'a"b', 'a`b', 'a;b', 'ä', '1a', 'a.b.c', '.a', 'a.', 'a\n', 'x'.repeat(41)]
  for (const table of odd) t.throws(() => nameTables(table, quote), { code: 'FST_LOGIN_CONFIGURATION' }, JSON.stringify(table))
})
