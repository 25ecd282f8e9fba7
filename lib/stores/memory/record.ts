import { BEYOND_LATIN1, copyText } from '../../copy-text.ts'

/** What a memory store keeps under a key, as one text. */
export interface Unpacked {
  readonly value: string
  readonly version: string
  readonly expiresAt: number
  readonly tags: readonly string[]
}

/** What is sealed is long, and base64url: as bytes it takes a quarter less. Whole groups of four have one spelling. */
const SEALED = /(?:[\w-]{4}){16,}/
/** What is longer stays as it is: the search keeps all groups in mind, and there is an end to that. */
const MOST_SEARCHED = 1_000_000

/** Bytes that the characters of a text take in memory. */
export function sizeOf (text: string): number {
  return BEYOND_LATIN1.test(text) ? text.length * 2 : text.length
}

/**
 * Where the sealed part of a text is, and how long; nothing where another character needs two bytes anyway, or in a
 * text that is very long.
 */
function sealedPart (text: string): readonly [start: number, length: number] {
  const found = text.length > MOST_SEARCHED || BEYOND_LATIN1.test(text) ? null : SEALED.exec(text)
  return found === null ? [0, 0] : [found.index, found[0].length]
}

/**
 * End, version, place and length of the sealed part, and lengths of the tags in one line, then the tags, then the
 * value: an object would take twice that.
 */
export function packRecord ({ value, version, expiresAt, tags }: Unpacked): string {
  const [start, length] = sealedPart(value)
  const line = [expiresAt, version, start, length, ...tags.map(tag => tag.length)].join(' ')
  const bytes = Buffer.from(value.slice(start, start + length), 'base64url').toString('latin1')
  return copyText(`${line}\n${tags.join('')}${value.slice(0, start)}${bytes}${value.slice(start + length)}`)
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
  const [end, version = '', start, length, ...lengths] = packed.slice(0, lineEnd).split(' ')
  let at = lineEnd + 1
  const tags = lengths.map(length => {
    at += Number(length)
    return packed.slice(at - Number(length), at)
  })
  const sealedAt = at + Number(start)
  const sealedEnd = sealedAt + Number(length) * 3 / 4
  const sealed = Buffer.from(packed.slice(sealedAt, sealedEnd), 'latin1').toString('base64url')
  const value = length === '0' ? packed.slice(at) : packed.slice(at, sealedAt) + sealed + packed.slice(sealedEnd)
  return { value, version, expiresAt: Number(end), tags }
}
