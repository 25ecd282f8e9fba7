import t from 'tap'
import { run } from '../../lib/cli/run.ts'
import { FakeTerminal } from './_terminal.ts'

t.test('secret prints 32 random bytes as base64url, one line and nothing else', async t => {
  const [one, other] = [new FakeTerminal(), new FakeTerminal()]
  t.equal(await run(['secret'], one), 0)
  t.equal(await run(['secret'], other), 0)
  t.match(one.out, /^[\w-]{43}\n$/)
  t.equal(Buffer.from(one.out, 'base64url').length, 32)
  t.not(one.out, other.out)
  t.equal(one.err, '')
})
