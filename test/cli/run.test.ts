import t from 'tap'
import { run } from '../../lib/cli/run.ts'
import { FakeTerminal } from './_terminal.ts'

t.test('without a command, and with --help, the usage is printed', async t => {
  for (const argv of [[], ['--help'], ['-h'], ['secret', '--help'], ['dev-provider', '-h']]) {
    const terminal = new FakeTerminal()
    t.equal(await run(argv, terminal), 0)
    t.match(terminal.out, /^Usage: fastify-login COMMAND[^]*secret[^]*dev-provider/)
    t.equal(terminal.err, '')
  }
})

t.test('an unknown command is wrong usage, said on stderr', async t => {
  const terminal = new FakeTerminal()
  t.equal(await run(['toString'], terminal), 2)
  t.match(terminal.err, /there is no command "toString"\n\nUsage:/)
  t.equal(terminal.out, '')
})

t.test('an unknown option or a word too many is wrong usage', async t => {
  for (const argv of [['secret', 'two'], ['secret', '--bytes', '8'], ['dev-provider', '--prot', '1'], ['dev-provider', '--port']]) {
    const terminal = new FakeTerminal()
    t.equal(await run(argv, terminal), 2, argv.join(' '))
    t.match(terminal.err, /^fastify-login: /)
    t.equal(terminal.out, '')
  }
})

t.test('a command that fails says why and gives 1, whatever was thrown', async t => {
  for (const reason of [new Error('the disk is full'), 'the disk is full']) {
    const terminal = new FakeTerminal()
    const stdout = { write () { throw reason } }
    t.equal(await run(['secret'], { stdout, stderr: terminal.stderr }), 1)
    t.equal(terminal.err, 'fastify-login: the disk is full\n')
  }
})
