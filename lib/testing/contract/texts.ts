import { type Draft, expectSame, expectVersion } from './bench.ts'

const LONGEST = 512

/** Ends of texts that backends and clients have been known to mix up, each to be told from all others. */
const ODD_ENDS: readonly string[] = [
  '', ' ', '  ', '\u0000', '\u0000\u0000', '\n', '\t', '%', '_', '*', '?', '[a]', '{}', '{a}', '}{', '$', '.', ':', '/', '#',
  "'", '"', '`', '\\', '\\\\', "'; drop table", 'a', 'A', 'ä', 'Ä', 'a\u0308', 'ae', 'ß', 'ss', 'i', 'I', 'ı', 'İ', '1', '１',
  '😀', '😁', '\ufffd', '\ufeff', '\u200b', '\u00a0', 'é', 'e\u0301', 'ﬁ', 'fi', '__proto__', 'constructor', 'null'
]

/** Two texts of 512 bytes that differ in the last byte, of one letter or of letters of four bytes each. */
function longTexts (start: string): readonly string[] {
  const left = LONGEST - Buffer.byteLength(start)
  const emoji = '😀'.repeat(Math.floor((left - 1) / 4))
  const filled = emoji + 'x'.repeat(left - 1 - Buffer.byteLength(emoji))
  return ['k'.repeat(left - 1), filled].flatMap(text => [`${start}${text}1`, `${start}${text}2`])
}

function oddTexts (start: string): readonly string[] {
  return [...ODD_ENDS.map(end => start + end), ` ${start}`, start.toUpperCase(), ...longTexts(start)]
}

const VALUES: ReadonlyArray<readonly [name: string, value: string]> = [
  ['an empty value', ''],
  ['a NUL character', '\u0000'],
  ['text with a NUL character in it', 'a\u0000b\u0000'],
  ['letters beyond ASCII', 'äöü ß é e\u0301 中文 עברית'],
  ['emoji', '😀👩‍👩‍👧‍👦🏳️‍🌈'],
  ['quotes', '\'"`\\\'\\"'],
  ['newlines', 'a\nb\r\nc\r\u2028\u2029'],
  ['JSON', '{"a":[1,null,"\\u0000"]}'],
  ['blanks at both ends', '  a  '],
  ['a number', '007'],
  ['the beginning of a file of bytes', '\ufeffa\ufffe\uffff'],
  ['1 MB of ASCII', 'x'.repeat(1_000_000)],
  ['1 MB of emoji', '😀'.repeat(250_000)]
]

/** Texts that keys, tags and values can be. */
export const texts: readonly Draft[] = [
  ...VALUES.map(([name, value]): Draft => ({
    title: `a value comes back as it was: ${name}`,
    async check (store, { key, later }) {
      const version = await store.set(key(), value, later)
      const added = await store.add(key('added'), value, { ...later, tags: [key('tag')] })
      expectSame(await store.get(key()), { value, version, ...later }, 'get after set')
      expectSame((await store.getMany([key('added')]))[0], { value, version: added, ...later }, 'getMany after add')
      expectVersion(await store.replace(key(), version, `${value}.`, later), 'replace of this value')
      expectSame(await store.take(key()), `${value}.`, 'take after replace')
    }
  })),
  {
    title: 'keys compare by bytes',
    async check (store, { key, later }) {
      const keys = oddTexts(key())
      for (const each of keys) {
        const version = await store.add(each, `value of ${each}`, later)
        expectVersion(version, `add of the key ${JSON.stringify(each)}, as if it had been written`)
      }
      for (const each of keys) {
        expectSame((await store.get(each))?.value, `value of ${each}`, `get of the key ${JSON.stringify(each)}`)
      }
      const values = (await store.getMany(keys)).map(entry => entry?.value)
      expectSame(values, keys.map(each => `value of ${each}`), 'getMany of odd keys')
      for (const each of keys) {
        expectSame(await store.take(each), `value of ${each}`, `take of the key ${JSON.stringify(each)}`)
      }
    }
  },
  {
    title: 'tags compare by bytes',
    async check (store, { key, later }) {
      const odd = oddTexts(key())
      for (const each of odd) await store.set(each, 'value', { ...later, tags: [each] })
      for (const each of odd) expectSame(await store.keys(each), [each], `keys of the tag ${JSON.stringify(each)}`)
    }
  },
  {
    title: 'the names of what every object has are keys and tags like others',
    async check (store, { later }) {
      for (const name of ['__proto__', 'constructor', 'toString']) {
        await store.delete(name)
        expectSame(await store.get(name), undefined, `get of the key ${name}, which was deleted`)
        await store.set(name, 'value', { ...later, tags: [name] })
        expectSame((await store.get(name))?.value, 'value', `get of the key ${name}`)
        expectSame(await store.keys(name), [name], `keys of the tag ${name}`)
        expectSame(await store.take(name), 'value', `take of the key ${name}`)
      }
    }
  }
]
