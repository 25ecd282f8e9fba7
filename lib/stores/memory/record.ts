import { BEYOND_LATIN1, copyText } from '../../copy-text.ts'

/** What a memory store keeps under a key, as one text. */
export interface Unpacked {
  readonly value: string
  readonly version: string
  readonly expiresAt: number
  readonly tags: readonly string[]
}

/** Bytes that the characters of a text take in memory. */
export function sizeOf (text: string): number {
  return BEYOND_LATIN1.test(text) ? text.length * 2 : text.length
}

/** End, version and lengths of the tags in one line, then the tags, then the value: an object would take twice that. */
export function packRecord ({ value, version, expiresAt, tags }: Unpacked): string {
  const line = [expiresAt, version, ...tags.map(tag => tag.length)].join(' ')
  return copyText(`${line}\n${tags.join('')}${value}`)
}

/** Bytes that tags and value take in a packed record. */
export function weightOf (packed: string): number {
  const length = packed.length - packed.indexOf('\n') - 1
  return BEYOND_LATIN1.test(packed) ? length * 2 : length
}

/** When a packed record ends; cheaper than all of it. */
export function endOf (packed: string): number {
  return Number(packed.slice(0, packed.indexOf(' ')))
}

export function unpackRecord (packed: string): Unpacked {
  const lineEnd = packed.indexOf('\n')
  const [end, version = '', ...lengths] = packed.slice(0, lineEnd).split(' ')
  let at = lineEnd + 1
  const tags = lengths.map(length => {
    at += Number(length)
    return packed.slice(at - Number(length), at)
  })
  return { value: packed.slice(at), version, expiresAt: Number(end), tags }
}
