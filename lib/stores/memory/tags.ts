/**
 * Which keys may lie under a tag. It knows tags by a number made from them, not by their text, which the records hold:
 * so it costs little, and names some keys too many.
 */
export class TagIndex {
  /** Most tags have one key; a set would take three times the memory. */
  readonly #keys = new Map<number, string | Set<string>>()

  add (tag: string, key: string): void {
    const number = numberOf(tag)
    const keys = this.#keys.get(number)
    if (keys instanceof Set) keys.add(key)
    else this.#keys.set(number, keys === undefined || keys === key ? key : new Set([keys, key]))
  }

  delete (tag: string, key: string): void {
    const number = numberOf(tag)
    const keys = this.#keys.get(number)
    if (keys instanceof Set) keys.delete(key)
    if (keys === key || (keys instanceof Set && keys.size === 0)) this.#keys.delete(number)
  }

  /** The keys of a tag, in the order of their writing, and of all tags with the same number. */
  keys (tag: string): readonly string[] {
    const keys = this.#keys.get(numberOf(tag)) ?? []
    return typeof keys === 'string' ? [keys] : [...keys]
  }
}

/** FNV-1a over the characters, in 30 bits: larger numbers would be objects of their own. */
function numberOf (tag: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < tag.length; index++) hash = Math.imul(hash ^ tag.charCodeAt(index), 0x01000193)
  return (hash ^ (hash >>> 30)) & 0x3fffffff
}
