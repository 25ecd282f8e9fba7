import { type SqlDialect } from './client.ts'

const columns = ['id', 'content', 'version', 'expires_at']
const insert = `(${columns.join(', ')}) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET ` +
  columns.slice(1).map(column => `${column} = excluded.${column}`).join(', ')

/**
 * How databases write that know `ON CONFLICT` and `RETURNING`: PostgreSQL, and SQLite from version 3.35. Each is one
 * statement, which nobody else comes between.
 */
export const onConflict: Pick<SqlDialect, 'set' | 'add' | 'take'> = {
  async set (client, { entries }, { id, content, version, expiresAt }) {
    await client.change(`INSERT INTO ${entries} ${insert}`, [id, content, version, expiresAt])
  },

  async add (client, { entries }, { id, content, version, expiresAt }, now) {
    const text = `INSERT INTO ${entries} AS old ${insert} WHERE old.expires_at <= ?`
    return await client.change(text, [id, content, version, expiresAt, now]) === 1
  },

  async take (client, { entries }, id, now) {
    const [row] = await client.rows(`DELETE FROM ${entries} WHERE id = ? AND expires_at > ? RETURNING content`, [id, now])
    return row?.['content']
  }
}
