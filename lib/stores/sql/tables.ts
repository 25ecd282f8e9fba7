import { ConfigurationError } from '../../errors.ts'

/** Names of the tables and of what belongs to them, quoted but for `lock`. */
export interface SqlTables {
  readonly entries: string
  readonly tags: string
  /** Without a schema. */
  readonly bare: { readonly entries: string, readonly tags: string }
  /** Name of an index, without and with the schema. */
  index (name: string): { readonly bare: string, readonly qualified: string }
  /** What processes that make these tables at the same moment wait for. */
  readonly lock: string
}

// PostgreSQL cuts names at 63 bytes, which would give two indexes one name.
const pattern = /^(?:([A-Za-z_]\w{0,39})\.)?([A-Za-z_]\w{0,39})$/

/**
 * @param table name of the table of entries, after the name of its schema and a full stop where it has one
 * @throws ConfigurationError for anything but letters, digits and underscores, at most 40 of them
 */
export function nameTables (table: string, quote: (name: string) => string): SqlTables {
  const [, schema, name] = pattern.exec(table) ?? []
  if (name === undefined) {
    throw new ConfigurationError('"table" must be a name of at most 40 letters, digits and underscores that begins ' +
      'with no digit, after the name of a schema and a full stop where it has one.')
  }
  const qualify = (bare: string): string => schema === undefined ? quote(bare) : `${quote(schema)}.${quote(bare)}`
  return {
    entries: qualify(name),
    tags: qualify(`${name}_tags`),
    bare: { entries: quote(name), tags: quote(`${name}_tags`) },
    index: index => ({ bare: quote(`${name}_${index}`), qualified: qualify(`${name}_${index}`) }),
    lock: `fastify-login ${table}`
  }
}
