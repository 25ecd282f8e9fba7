import Fastify from 'fastify'
import { test } from 'tap'
import { createRequestSerializer } from '../../lib/routes/request-log.ts'

const key = Symbol.for('pino.serializers')

test('an entry of the log loses the query of its address, and nothing else', t => {
  const log = { [key]: { req: () => ({ method: 'GET', url: '/auth/callback?code=a?b', host: 'a' }) } }
  t.same(createRequestSerializer(log)({}), { method: 'GET', url: '/auth/callback', host: 'a' })
  t.end()
})

test('the serializer of the application decides what an entry is', t => {
  for (const entry of ['GET /a', undefined, null, { method: 'GET' }]) {
    t.equal(createRequestSerializer({ [key]: { req: () => entry } })({}), entry)
  }
  t.end()
})

test('a logger without serializers logs no request', t => {
  t.equal(createRequestSerializer({})({ url: '/a?b' }), undefined)
  t.equal(createRequestSerializer({ [key]: {} })({ url: '/a?b' }), undefined)
  t.equal(createRequestSerializer(Fastify().log)({ url: '/a?b' }), undefined)
  t.end()
})

test('the serializers of a pino logger are where they are looked for', t => {
  const { log } = Fastify({ logger: { level: 'silent' } })
  t.match(createRequestSerializer(log)({ method: 'GET', url: '/a?b', headers: {} }), { method: 'GET', url: '/a' })
  t.end()
})
