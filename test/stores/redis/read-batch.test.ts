import { test } from 'tap'
import { ReadBatch } from '../../../lib/stores/redis/read-batch.ts'

/** A server that answers each key with itself in capitals, and notes its commands. */
function setUp () {
  const commands: Array<readonly string[]> = []
  const server = { write: (key: string): string | undefined => key.toUpperCase() }
  const batch = new ReadBatch(async keys => {
    commands.push(keys)
    return keys.map(key => server.write(key))
  })
  return { batch, commands, server }
}

const turn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

test('reads of one turn are one command, and each gets its own texts in its own order', async t => {
  const { batch, commands, server } = setUp()
  server.write = key => key === 'none' ? undefined : key.toUpperCase()
  const read = await Promise.all([batch.read(['a', 'b']), batch.read(['c', 'none']), batch.read(['b', 'a', 'b'])])
  t.same(read, [['A', 'B'], ['C', undefined], ['B', 'A', 'B']])
  t.same(commands, [['a', 'b', 'c', 'none']])
})

test('a read is sent after all whom it answers have asked, and who comes later asks anew', async t => {
  const { batch, commands, server } = setUp()
  const first = batch.read(['a'])
  t.same(commands, [], 'nothing was sent while somebody may still come')
  server.write = () => 'ended'
  const second = batch.read(['a'])
  t.same(await Promise.all([first, second]), [['ended'], ['ended']])
  const third = batch.read(['a'])
  await turn()
  server.write = () => 'ended twice'
  const fourth = batch.read(['a'])
  t.same([await third, await fourth], [['ended'], ['ended twice']])
  t.same(commands, [['a'], ['a'], ['a']])
})

test('a command that was sent, and not answered yet, answers nobody who comes then', async t => {
  const commands: Array<(texts: readonly string[]) => void> = []
  const batch = new ReadBatch(() => new Promise(resolve => { commands.push(resolve) }))
  const first = batch.read(['a'])
  await turn()
  const second = batch.read(['a'])
  await turn()
  t.equal(commands.length, 2)
  commands.forEach((answer, index) => answer([String(index)]))
  t.same([await first, await second], [['0'], ['1']])
})

test('many keys are read in several commands of the same turn', async t => {
  const { batch, commands } = setUp()
  const keys = Array.from({ length: 450 }, (_, index) => `k${index}`)
  const read = await Promise.all(keys.map(key => batch.read([key])))
  t.same(read.flat(), keys.map(key => key.toUpperCase()))
  t.same(commands.map(({ length }) => length), [200, 200, 50])
})

test('a command that fails fails for those whom it would have answered, and for nobody after them', async t => {
  const { batch, server } = setUp()
  server.write = () => { throw new Error('gone') }
  const failed = await Promise.allSettled([batch.read(['a']), batch.read(['b'])])
  t.match(failed, [{ reason: { message: 'gone' } }, { reason: { message: 'gone' } }])
  server.write = () => 'back'
  t.same(await batch.read(['a']), ['back'])
})
