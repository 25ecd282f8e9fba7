interface Cookie {
  readonly value: string
  readonly path: string
}

/** A form of a page, with the fields that its first button, or the named one, would send. */
export interface Form {
  readonly action: string
  readonly fields: Record<string, string>
}

function attribute (tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
}

/** The forms of a page, in order. */
export function readForms (markup: string): Form[] {
  return [...markup.matchAll(/<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)].map(([, action = '', inner = '']) => {
    const fields: Record<string, string> = {}
    for (const [input] of inner.matchAll(/<input[^>]*>/g)) {
      fields[attribute(input, 'name') ?? ''] = attribute(input, 'value') ?? ''
    }
    return { action, fields }
  })
}

/** The least that a browser does: keeps cookies by path, follows redirects while they stay at one origin. */
export class Browser {
  readonly #origin: string
  readonly #cookies = new Map<string, Cookie>()

  constructor (origin: string) {
    this.#origin = origin
  }

  /** Names of the cookies that it has now. */
  get cookieNames (): string[] {
    return [...this.#cookies.keys()].map(key => `${key.split(' ')[0]}`)
  }

  #cookieHeader (path: string): string {
    return [...this.#cookies].filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([key, cookie]) => `${key.split(' ')[0]}=${cookie.value}`).join('; ')
  }

  #keep (lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split('=')
      const path = attributes.find(text => /^path=/i.test(text))?.slice(5) ?? '/'
      if (value === '') this.#cookies.delete(`${name} ${path}`)
      else this.#cookies.set(`${name} ${path}`, { value, path })
    }
  }

  /** One request without following anything. */
  async request (address: string | URL, form?: Record<string, string>): Promise<Response> {
    const url = new URL(address, this.#origin)
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: this.#cookieHeader(url.pathname) },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) })
    })
    this.#keep(response.headers.getSetCookie())
    return response
  }

  /** Opens an address, or sends a form, and follows redirects; stops with the one that leaves the origin. */
  async open (address: string | URL, form?: Record<string, string>): Promise<Response> {
    const response = await this.request(address, form)
    const location = response.headers.get('location')
    if (location === null || new URL(location, this.#origin).origin !== this.#origin) return response
    await response.body?.cancel()
    return this.open(location)
  }

  /** Sends the form of a page whose action ends so. */
  async submit (page: Response, action: string, further: Record<string, string> = {}): Promise<Response> {
    const markup = await page.text()
    const form = readForms(markup).find(form => form.action.endsWith(action))
    if (form === undefined) throw new Error(`no form goes to ${action}: ${markup}`)
    return this.open(form.action, { ...form.fields, ...further })
  }
}

/** Where an answer sends the browser. */
export function locationOf (response: Response): URL {
  return new URL(response.headers.get('location') ?? 'about:blank')
}
