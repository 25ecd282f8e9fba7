import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { SqlClient } from '../../lib/stores/sql/client.ts'
import { SqlStore } from '../../lib/stores/sql/sql-store.ts'

/** A client that notes the statements which pass through it. */
export function recording (client: SqlClient): SqlClient & { readonly texts: string[] } {
  const texts: string[] = []
  return {
    ...client,
    texts,
    rows: (text, parameters) => {
      texts.push(text)
      return client.rows(text, parameters)
    },
    change: (text, parameters) => {
      texts.push(text)
      return client.change(text, parameters)
    }
  }
}

/** Asserts that one key costs one statement, and so do many. */
export async function readsInOneStatement (t: Test, client: SqlClient): Promise<void> {
  const recorded = recording(client)
  const store = new SqlStore(recorded)
  await store.get('counted') // makes the tables
  recorded.texts.length = 0
  await store.get('counted')
  t.equal(recorded.texts.length, 1)
  await store.getMany(['counted', 'b', 'c', 'd'])
  t.equal(recorded.texts.length, 2)
}

const program = fileURLToPath(new URL('_sql-process.ts', import.meta.url))

/** A process that has opened a store, and adds one key when it is told to. */
async function startProcess (url: string): Promise<{ add: () => Promise<string> }> {
  const child = spawn(process.execPath, [...process.execArgv, program, url], { stdio: ['pipe', 'pipe', 'pipe'] })
  const [errors, closed] = [text(child.stderr), once(child, 'close')]
  const lines = createInterface({ input: child.stdout })
  const said: string[] = []
  lines.on('line', line => said.push(line))
  await Promise.race([once(lines, 'line'), closed])
  return {
    async add () {
      child.stdin.end('go')
      const [code] = await closed
      return code === 0 ? `${said.at(-1)}` : `${code}: ${await errors}`
    }
  }
}

/**
 * What so many processes say that use an empty database first and add the same key, all at the same moment: `won`,
 * `lost`, or an error.
 */
export async function addFromProcesses (url: string, number: number): Promise<readonly string[]> {
  const processes = await Promise.all(Array.from({ length: number }, () => startProcess(url)))
  return await Promise.all(processes.map(each => each.add()))
}
