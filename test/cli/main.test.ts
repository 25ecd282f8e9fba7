import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const main = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))

t.test('the command runs as a process of its own and ends with the exit code', async t => {
  // A process that reads TypeScript the way this one does.
  const child = promisify(execFile)(process.execPath, [...process.execArgv, main, 'secret', 'too', 'many'])
  await t.rejects(child, { code: 2, stdout: '', stderr: /^fastify-login: / })
})
