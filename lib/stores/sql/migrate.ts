import { type SqlClient } from './client.ts'
import { type SqlDatabase, sqlClientOf } from './database.ts'
import { retrying } from './retry.ts'
import { nameTables, type SqlTables } from './tables.ts'

export const DEFAULT_TABLE = 'fastify_login'

export interface SqlTableOptions {
  /**
   * Name of the table: at most 40 letters, digits and underscores, after a schema and a full stop where it has one. The
   * table of tags has `_tags` behind its name.
   *
   * @default 'fastify_login'
   */
  readonly table?: string
}

/** Asks first: a role that may not make tables works with those that are there. */
async function areThere (client: SqlClient, { entries, tags }: SqlTables): Promise<boolean> {
  try {
    for (const table of [entries, tags]) await client.rows(`SELECT version FROM ${table} WHERE 1 = 0`, [])
    return true
  } catch (error) {
    if (client.dialect.isMissingTable(error)) return false
    throw error
  }
}

export async function createTables (client: SqlClient, tables: SqlTables): Promise<void> {
  if (await areThere(client, tables)) return
  for (const text of client.dialect.createTables(tables)) await client.change(text, [])
}

/**
 * Makes the tables of a {@link SqlStore} where they are missing. The store does the same when it is first used; call
 * this where its role may not create tables. Any number of processes may do it at the same moment.
 *
 * @example await migrate(new pg.Client(adminUrl))
 */
export async function migrate (database: SqlDatabase, { table = DEFAULT_TABLE }: SqlTableOptions = {}): Promise<void> {
  const client = retrying(sqlClientOf(database))
  await createTables(client, nameTables(table, client.dialect.quote))
}
