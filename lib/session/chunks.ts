/** Most cookies that one session may take. 12,000 bytes fit into four. */
export const MOST_CHUNKS = 4

const countDigit = /^[1-4]$/

/** Name of a chunk: the plain name, then `NAME.1` and so on. */
export function chunkName (name: string, index: number): string {
  return index === 0 ? name : `${name}.${index}`
}

/**
 * Cuts a sealed text into cookie values. The first begins with a digit that tells how many there are.
 * Undefined where it does not fit.
 *
 * @param size bytes that one value may take
 */
export function splitChunks (text: string, size: number): readonly string[] | undefined {
  const count = Math.ceil((text.length + 1) / size)
  if (count > MOST_CHUNKS) return undefined
  const whole = `${count}${text}`
  return Array.from({ length: count }, (_, index) => whole.slice(index * size, (index + 1) * size))
}

/**
 * Puts the values together again. Undefined where one is missing or the count is none of ours.
 *
 * @example joinChunks('login', { 'login': '2ab', 'login.1': 'cd' }) // 'abcd'
 */
export function joinChunks (name: string, cookies: Readonly<Record<string, string | undefined>>): string | undefined {
  const first = cookies[name]
  if (first === undefined || !countDigit.test(first.slice(0, 1))) return undefined
  let text = first.slice(1)
  for (let index = 1; index < Number(first[0]); index++) {
    const part = cookies[chunkName(name, index)]
    if (part === undefined) return undefined
    text += part
  }
  return text
}
