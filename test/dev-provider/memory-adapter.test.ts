import t from 'tap'
import { MemoryAdapter } from '../../lib/dev-provider/memory-adapter.ts'

t.test('a record is found by its id, its uid and its user code', async t => {
  const adapter = new MemoryAdapter()
  const payload = { uid: 'u', userCode: 'c' }
  await adapter.upsert('id', payload, 60)
  t.equal(await adapter.find('id'), payload)
  t.equal(await adapter.findByUid('u'), payload)
  t.equal(await adapter.findByUserCode('c'), payload)
  t.equal(await adapter.find('other'), undefined)
  t.equal(await adapter.findByUid('other'), undefined)
  t.equal(await adapter.findByUserCode('other'), undefined)
})

t.test('a record ends with its time, and one without a time stays', async t => {
  let now = 1_000_000
  t.intercept(Date, 'now', { value: () => now })
  const adapter = new MemoryAdapter()
  await adapter.upsert('short', { uid: 's' }, 10)
  await adapter.upsert('long', { uid: 'l' })
  now += 10_000
  t.equal(await adapter.find('short'), undefined)
  t.equal(await adapter.findByUid('s'), undefined)
  t.strictSame(await adapter.find('long'), { uid: 'l' })
})

t.test('a consumed record says when, and consuming what is gone does nothing', async t => {
  t.intercept(Date, 'now', { value: () => 5_999 })
  const adapter = new MemoryAdapter()
  await adapter.upsert('id', {}, 60)
  await adapter.consume('id')
  t.strictSame(await adapter.find('id'), { consumed: 5 })
  await adapter.destroy('id')
  await adapter.consume('id')
  t.equal(await adapter.find('id'), undefined)
})

t.test('a grant takes its records with it, and no others', async t => {
  const adapter = new MemoryAdapter()
  await adapter.upsert('a', { grantId: 'g' }, 60)
  await adapter.upsert('b', { grantId: 'g' }, 60)
  await adapter.upsert('c', { grantId: 'h' }, 60)
  await adapter.revokeByGrantId('g')
  t.strictSame([await adapter.find('a'), await adapter.find('b')], [undefined, undefined])
  t.strictSame(await adapter.find('c'), { grantId: 'h' })
})

t.test('it holds 10,000 records and forgets the one written longest ago', async t => {
  const adapter = new MemoryAdapter()
  for (let id = 0; id < 10_000; id += 1) await adapter.upsert(`${id}`, {})
  await adapter.upsert('0', {})
  await adapter.upsert('one more', {})
  t.ok(await adapter.find('0'), 'written again')
  t.notOk(await adapter.find('1'))
  t.ok(await adapter.find('2'))
})
