/** An answer of `app.inject`, of `fetch`, or whatever else has headers. */
export interface Answer {
  readonly headers: Headers | Readonly<Record<string, unknown>>
}

/** The `Set-Cookie` lines of an answer. */
export function setCookiesOf ({ headers }: Answer): readonly string[] {
  if (headers instanceof Headers) return headers.getSetCookie()
  const lines = headers['set-cookie']
  if (lines === undefined) return []
  return Array.isArray(lines) ? lines.map(String) : [String(lines)]
}

/** The `Set-Cookie` lines that give this cookie a value or take it away. */
export function setCookiesOfName (answer: Answer, name: string): readonly string[] {
  return setCookiesOf(answer).filter(line => line.startsWith(`${name}=`))
}

/** The cookies of one browser on one site. It knows names, values and Max-Age=0, and nothing of paths and times. */
export class Jar {
  readonly #cookies = new Map<string, string>()

  /** Takes in what an answer sets and clears. Gives itself, for `new Jar().take(answer)`. */
  take (answer: Answer): this {
    for (const line of setCookiesOf(answer)) {
      const [pair = '', ...attributes] = line.split(';').map(part => part.trim())
      const name = pair.slice(0, pair.indexOf('='))
      const isCleared = attributes.some(attribute => /^max-age=(0|-\d+)$/i.test(attribute))
      if (isCleared) this.#cookies.delete(name)
      else this.#cookies.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    return this
  }

  /** Value of the `Cookie` header; empty where there is none. */
  get cookie (): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** For `app.inject({ url, headers: jar.headers })` or `fetch(url, { headers: jar.headers })`. */
  get headers (): Record<string, string> {
    return this.#cookies.size === 0 ? {} : { cookie: this.cookie }
  }

  get names (): readonly string[] {
    return [...this.#cookies.keys()]
  }

  get (name: string): string | undefined {
    return this.#cookies.get(name)
  }

  set (name: string, value: string): this {
    this.#cookies.set(name, value)
    return this
  }

  delete (name: string): this {
    this.#cookies.delete(name)
    return this
  }

  /** A copy of the cookies, as a thief would have it. */
  copy (): Jar {
    const copy = new Jar()
    for (const [name, value] of this.#cookies) copy.set(name, value)
    return copy
  }
}
