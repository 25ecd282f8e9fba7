import Fastify from 'fastify'
import { test } from 'tap'
import { createCopyReport, createStoreReport } from '../../lib/guard/store-reports.ts'

function setUp () {
  const lines: unknown[] = []
  const stream = { write (line: string): void { lines.push(JSON.parse(line)) } }
  return { lines, log: Fastify({ logger: { level: 'info', stream } }).log }
}

test('a store that fails is an error, with its reason', async t => {
  const { lines, log } = setUp()
  const report = createStoreReport(log, 'the broker')
  report('down', new Error('no server'))
  report('up')
  t.match(lines, [
    { level: 50, msg: /the store of the broker fails: whoever needs it gets 503/, err: { message: 'no server' } },
    { level: 30, msg: /the store of the broker works again/ }
  ])
})

test('a copy that is lost is a warning: nobody is refused for it', async t => {
  const { lines, log } = setUp()
  const report = createCopyReport(log)
  report('down', new Error('NOPERM'))
  report('up')
  t.match(lines, [
    { level: 40, msg: /no local copy of the store of sessions: each request asks the store/, err: { message: 'NOPERM' } },
    { level: 30, msg: /the local copy of the store of sessions is back/ }
  ])
})
