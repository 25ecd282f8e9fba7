import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { openRecord, sealRecord } from '../../lib/session/record-seal.ts'

const key = randomBytes(32)

test('a record comes back as it was', async t => {
  const record = { name: 'Ada ☺', nested: [1, { a: null }] }
  t.same(await openRecord(await sealRecord(record, key), key), record)
})

test('a sealed record shows nothing, and takes 4/3 of its JSON and 39 characters', async t => {
  const record = { secret: 'a'.repeat(91) }
  const sealed = await sealRecord(record, key)
  t.notMatch(Buffer.from(sealed, 'base64url').toString('latin1'), 'aaa')
  t.equal(sealed.length, Math.ceil(JSON.stringify(record).length * 4 / 3) + 39 + 1)
  t.not(await sealRecord(record, key), sealed)
})

test('whoever has not the key opens nothing', async t => {
  const sealed = await sealRecord({ a: 1 }, key)
  t.equal(await openRecord(sealed, randomBytes(32)), undefined)
})

test('a record that was changed, cut or made up opens nothing', async t => {
  const sealed = await sealRecord({ a: 1 }, key)
  for (let index = 0; index < sealed.length - 1; index++) {
    const other = sealed[index] === 'A' ? 'Q' : 'A'
    if (sealed[index] !== '.') t.equal(await openRecord(sealed.slice(0, index) + other + sealed.slice(index + 1), key), undefined, `${index}`)
  }
  for (const text of ['', '.', '..', sealed.slice(1), sealed.slice(0, -4), `${sealed}.x`, `x.${sealed}`]) {
    t.equal(await openRecord(text, key), undefined, text)
  }
})
