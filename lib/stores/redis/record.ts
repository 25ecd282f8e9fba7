import type { Entry } from '../store.ts'

/** What lies under a key, as one text. */
export interface RedisRecord extends Entry {
  readonly tags: readonly string[]
}

/** Version, end and length of the tags, each followed by a blank; then the tags as JSON, and the value. */
export function writeRecord ({ value, version, expiresAt, tags }: RedisRecord): string {
  const list = tags.length === 0 ? '' : JSON.stringify(tags)
  return `${version} ${expiresAt} ${list.length} ${list}${value}`
}

/** @throws Error where the text is not one that `writeRecord` made */
export function readRecord (text: string): RedisRecord {
  const [head, version, end, length] = /^(\S+) (\S+) (\d+) /.exec(text) ?? []
  if (head === undefined || version === undefined) throw new Error('Redis holds a text that no RedisStore has written')
  const valueAt = head.length + Number(length)
  const tags: readonly string[] = length === '0' ? [] : JSON.parse(text.slice(head.length, valueAt))
  return { value: text.slice(valueAt), version, expiresAt: Number(end), tags }
}
