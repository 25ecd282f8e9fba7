import { type SqlTables } from './tables.ts'

export type SqlParameter = Uint8Array | number
export type SqlRow = Readonly<Record<string, unknown>>

/** A row of the table of entries. */
export interface SqlEntry {
  readonly id: Uint8Array
  readonly content: Uint8Array
  readonly version: Uint8Array
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * What the SQL store needs of a database, whatever its driver. A statement has a `?` for each parameter, and is a
 * transaction of its own: the store works on a pool, whose next statement may run on another connection.
 */
export interface SqlClient {
  readonly dialect: SqlDialect
  /** Runs a statement that gives rows. */
  rows (text: string, parameters: readonly SqlParameter[]): Promise<readonly SqlRow[]>
  /** Runs a statement that gives none, and says how many rows it wrote or deleted. */
  change (text: string, parameters: readonly SqlParameter[]): Promise<number>
  /** Lets go of what was opened for this client; of an application's own database that is nothing. */
  close (): Promise<void>
}

/** Where databases differ. */
export interface SqlDialect {
  /** Makes a name one that is none of the database's own words. */
  quote (name: string): string
  /** Statements that make what is missing of the tables, in their order. */
  createTables (tables: SqlTables): readonly string[]
  /** Whether a statement failed because there is no such table. */
  isMissingTable (error: unknown): boolean
  /** Whether a statement failed and did nothing, only because of others at the same moment. */
  isTransient (error: unknown): boolean
  set (client: SqlClient, tables: SqlTables, entry: SqlEntry): Promise<void>
  /** Writes where there is no row, or one that ended by `now`; says whether it did. */
  add (client: SqlClient, tables: SqlTables, entry: SqlEntry, now: number): Promise<boolean>
  /** Deletes what lives after `now`, and gives its content to one caller only; undefined where nothing lives. */
  take (client: SqlClient, tables: SqlTables, id: Uint8Array, now: number): Promise<unknown>
  /** Deletes a bounded number of rows that ended by `time`; the column `key` tells rows apart. */
  sweep (client: SqlClient, table: string, key: string, time: number): Promise<void>
}
