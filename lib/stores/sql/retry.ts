import { setTimeout } from 'node:timers/promises'
import { type SqlClient } from './client.ts'

const ATTEMPTS = 8
const LONGEST_PAUSE_MS = 20

/** Tries again, after a pause that grows, where a statement failed only because of others at the same moment. */
async function retry <Result> (client: SqlClient, run: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!client.dialect.isTransient(error)) throw error
    }
    await setTimeout(Math.random() * LONGEST_PAUSE_MS * attempt)
  }
  return await run()
}

/**
 * A client that tries a statement up to eight times where it lost a deadlock, a serialisation or a lock to others. What
 * may have happened, as when the connection broke, is not tried again.
 */
export function retrying (client: SqlClient): SqlClient {
  return {
    dialect: client.dialect,
    rows: (text, parameters) => retry(client, () => client.rows(text, parameters)),
    change: (text, parameters) => retry(client, () => client.change(text, parameters)),
    close: () => client.close()
  }
}
