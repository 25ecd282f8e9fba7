import { test } from 'tap'
import { createScript, runScript } from '../../../lib/stores/redis/script.ts'

function answering (...answers: ReadonlyArray<unknown>) {
  const sent: Array<readonly string[]> = []
  const send = async (...args: readonly string[]): Promise<unknown> => {
    const answer = answers[sent.push(args) - 1]
    if (answer instanceof Error) throw answer
    return answer
  }
  return { sent, connection: { isCluster: false, send } }
}

const script = createScript('return 1')

test('a script is called by its digest', async t => {
  const { sent, connection } = answering(1)
  t.equal(await runScript(connection, script, 'key', 'a', 'b'), 1)
  t.same(sent, [['key', 'evalsha', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', '1', 'key', 'a', 'b']])
})

test('a script is sent whole where the server does not know it', async t => {
  const { sent, connection } = answering(new Error('NOSCRIPT No matching script.'), 1)
  t.equal(await runScript(connection, script, 'key', 'a'), 1)
  t.same(sent[1], ['key', 'eval', 'return 1', '1', 'key', 'a'])
})

test('another error is not taken for that', async t => {
  for (const error of [new Error('LOADING Redis is loading'), new Error('ERR something about NOSCRIPT')]) {
    const { sent, connection } = answering(error, 1)
    await t.rejects(runScript(connection, script, 'key'), error)
    t.equal(sent.length, 1)
  }
})
