import { test } from 'tap'
import { digestOf } from '../../lib/digest.ts'
import {
  generationKey, handleIn, handleOf, isHandle, newSessionId, sessionKey, userKeyIn, userKeyOf, userTag
} from '../../lib/session/handle.ts'

const userKey = userKeyOf('login', 'alice')
const handle = handleOf(userKey, digestOf('id'))

test('every session has an id of 32 random bytes', async t => {
  const ids = new Set(Array.from({ length: 100 }, newSessionId))
  t.equal(ids.size, 100)
  for (const id of ids) t.equal(Buffer.from(id, 'base64url').length, 32)
})

test('the key of a person does not show the id, and is another for each', async t => {
  t.equal(userKey.length, 22)
  t.not(userKey, userKeyOf('login', 'Alice'))
  t.not(userKey, userKeyOf('login', 'alice '))
  t.equal(userKey, userKeyOf('login', 'alice'))
  t.notMatch(userKey, 'alice')
  t.not(userKey, userKeyOf('admin', 'alice'))
  t.not(userKeyOf('a', 'b'), userKeyOf('ab', ''))
})

test('ids that no bytes can say, or that say their spelling, are different people', async t => {
  const ids = ['a\ud800', 'a\ud801', 'a\udfff', 'a\ufffd', 'a\\ud800', '"a\\ud800"', 'a\u0000', 'a']
  t.equal(new Set(ids.map(id => userKeyOf('login', id))).size, ids.length)
})

test('a handle tells whose session it names', async t => {
  t.equal(handle.length, 65)
  t.equal(userKeyIn(handle), userKey)
})

test('what is no handle is told apart', async t => {
  t.equal(isHandle(handle), true)
  for (const other of ['', handle.slice(1), `${handle}a`, `{${handle.slice(1)}`, handle.replace(/.$/, '*'), `${handle}\n`, 7, null, undefined, {}]) {
    t.equal(isHandle(other), false, String(other))
  }
})

test('what belongs to a person lies in one slot of a Redis Cluster', async t => {
  const keys = [sessionKey('session', handle), sessionKey('ended', handle), sessionKey('listed', handle), generationKey(userKey)]
  t.equal(new Set(keys).size, 4)
  t.same(keys.map(key => /\{(.+)\}/.exec(key)?.[1]), keys.map(() => userKey))
})

test('the key of a session tells its handle', async t => {
  for (const kind of ['session', 'ended', 'listed'] as const) t.equal(handleIn(sessionKey(kind, handle)), handle)
})

test('the tag of a person is none of a key', async t => {
  t.not(userTag(userKey), generationKey(userKey))
  t.match(userTag(userKey), userKey)
})

test('the digest of an id does not show the id', async t => {
  t.equal(digestOf('id'), digestOf('id'))
  t.not(digestOf('id'), digestOf('Id'))
  t.equal(Buffer.from(digestOf('id'), 'base64url').length, 32)
})
