import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

type SameSite = 'strict' | 'lax' | 'none'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly host: string
  readonly path: string
  readonly sameSite: SameSite
}

/** What a tab shows. */
export interface Page {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

interface Navigation {
  readonly url: URL
  /** Where the link or the form was; undefined for an address that somebody typed. */
  readonly initiator: URL | undefined
  readonly form: URLSearchParams | undefined
  /** A redirect to such an address is not followed, nor is a form that would send itself there. */
  readonly stopAt: RegExp | undefined
}

interface Form {
  readonly action: string
  readonly fields: URLSearchParams
  readonly buttons: readonly string[]
}

const isSameSite = (one: URL, other: URL): boolean => one.protocol === other.protocol && one.hostname === other.hostname

function attribute (tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#38;', '&')
}

function formsOf (text: string): readonly Form[] {
  return [...text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].map(([, tag = '', inner = '']) => {
    const fields = new URLSearchParams()
    for (const [input] of inner.matchAll(/<input[^>]*>/g)) {
      fields.set(attribute(input, 'name') ?? '', attribute(input, 'value') ?? '')
    }
    const buttons = [...inner.matchAll(/<button[^>]*>/g)].map(([button]) => button)
    return { action: attribute(tag, 'action') ?? '', fields, buttons }
  })
}

/** The cookies of one person, which all of their tabs share. Ports do not tell hosts apart, as in real browsers. */
export class Browser {
  readonly #cookies = new Map<string, Cookie>()

  tab (): Tab {
    return new Tab(this)
  }

  /** The Cookie header of a navigation. */
  cookieHeader ({ hostname, pathname }: URL, isCrossSite: boolean, method: string): string {
    return [...this.#cookies.values()]
      .filter(({ host, path }) => host === hostname && pathname.startsWith(path))
      .filter(({ sameSite }) => sameSite === 'none' || !isCrossSite || (sameSite === 'lax' && method === 'GET'))
      .map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  /** Names of the cookies of a host. */
  names (hostname: string): readonly string[] {
    return [...this.#cookies.values()].filter(({ host }) => host === hostname).map(({ name }) => name)
  }

  value (name: string): string | undefined {
    return [...this.#cookies.values()].find(cookie => cookie.name === name)?.value
  }

  forget (name: string): void {
    for (const [key, cookie] of this.#cookies) if (cookie.name === name) this.#cookies.delete(key)
  }

  keep ({ hostname }: URL, lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';').map(part => part.trim())
      const valueOf = (name: string): string | undefined =>
        attributes.find(one => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
      const name = pair.slice(0, pair.indexOf('='))
      const path = valueOf('path') ?? '/'
      const key = `${name} ${hostname} ${path}`
      const isGone = valueOf('max-age') === '0' || Date.parse(valueOf('expires') ?? '') < Date.now()
      if (isGone) this.#cookies.delete(key)
      else {
        const sameSite = (valueOf('samesite') ?? 'lax').toLowerCase() as SameSite
        this.#cookies.set(key, { name, value: pair.slice(pair.indexOf('=') + 1), host: hostname, path, sameSite })
      }
    }
  }
}

/** One tab: it follows redirects, and keeps the rules about cookies and fetch metadata while it does. */
export class Tab {
  readonly #browser: Browser
  /** Every address that was asked for, redirects included. */
  readonly visited: URL[] = []
  #page: Page | undefined
  #last: Navigation | undefined

  constructor (browser: Browser) {
    this.#browser = browser
  }

  get page (): Page {
    if (this.#page === undefined) throw new Error('this tab is empty')
    return this.#page
  }

  /** What it shows, for a page of JSON. */
  get json (): Record<string, unknown> {
    return JSON.parse(this.page.text)
  }

  /** Opens an address that somebody typed. */
  async open (address: string | URL, stopAt?: RegExp): Promise<Page> {
    return await this.#go({ url: new URL(address), initiator: undefined, form: undefined, stopAt })
  }

  /** Follows a link of the page. */
  async click (address: string | URL, stopAt?: RegExp): Promise<Page> {
    const { url } = this.page
    return await this.#go({ url: new URL(address, url), initiator: url, form: undefined, stopAt })
  }

  /** Sends the form that has such a button, or such an action. */
  async submit (wanted: string, stopAt?: RegExp): Promise<Page> {
    const { url, text } = this.page
    for (const { action, fields, buttons } of formsOf(text)) {
      const button = buttons.find(tag => attribute(tag, 'value') === wanted)
      if (button === undefined && !action.endsWith(wanted)) continue
      const form = new URLSearchParams(fields)
      if (button !== undefined) form.set(attribute(button, 'name') ?? '', wanted)
      return await this.#go({ url: new URL(action, url), initiator: url, form, stopAt })
    }
    throw new Error(`no form has a button or an action ${wanted}: ${text}`)
  }

  /** Goes where `<meta http-equiv="refresh">` leads. */
  async refresh (): Promise<Page> {
    const address = /http-equiv="refresh" content="0; url=([^"]*)"/.exec(this.page.text)?.[1]
    if (address === undefined) throw new Error(`no refresh: ${this.page.text}`)
    return await this.click(address.replaceAll('&amp;', '&'))
  }

  /** Asks again for what led here, form and all. */
  async reload (): Promise<Page> {
    if (this.#last === undefined) throw new Error('this tab is empty')
    return await this.#go(this.#last)
  }

  /** Follows redirects, and forms that a page sends by itself. */
  async #go (navigation: Navigation): Promise<Page> {
    const page = await this.#follow(navigation)
    const [form] = page.text.includes('document.forms[0].submit()') ? formsOf(page.text) : []
    const { stopAt } = navigation
    if (form === undefined || stopAt?.test(form.action) === true) return page
    return await this.#go({ url: new URL(form.action, page.url), initiator: page.url, form: form.fields, stopAt })
  }

  async #follow (navigation: Navigation): Promise<Page> {
    this.#last = navigation
    let { url, form, initiator } = navigation
    let isCrossSite = initiator !== undefined && !isSameSite(initiator, url)
    for (let hops = 0; hops < 30; hops++) {
      const page = await this.#ask(url, isCrossSite, initiator, form)
      const location = page.headers.get('location')
      if (location === null || navigation.stopAt?.test(location) === true) {
        this.#page = page
        return page
      }
      const next = new URL(location, url)
      isCrossSite ||= initiator !== undefined && !isSameSite(initiator, next)
      if (page.status !== 307 && page.status !== 308) form = undefined
      url = next
    }
    throw new Error(`a loop of redirects at ${url.href}`)
  }

  async #ask (
    url: URL, isCrossSite: boolean, initiator: URL | undefined, form: URLSearchParams | undefined
  ): Promise<Page> {
    const method = form === undefined ? 'GET' : 'POST'
    const cookie = this.#browser.cookieHeader(url, isCrossSite, method)
    const site = isCrossSite ? 'cross-site' : 'same-origin'
    this.visited.push(url)
    const page = await ask(url, form, {
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'sec-fetch-site': initiator === undefined ? 'none' : site,
      ...(cookie === '' ? {} : { cookie }),
      ...(form === undefined || initiator === undefined ? {} : { origin: initiator.origin })
    })
    this.#browser.keep(url, page.headers.getSetCookie())
    return page
  }
}

/** One request over a socket. It is not fetch, which says of itself that it is no navigation. */
async function ask (url: URL, form: URLSearchParams | undefined, headers: Record<string, string>): Promise<Page> {
  const body = form?.toString()
  const contentType = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  const sent = request(url, { method: body === undefined ? 'GET' : 'POST', headers: { ...headers, ...contentType } })
  sent.end(body)
  const [response] = await once(sent, 'response') as [IncomingMessage]
  const received = new Headers()
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    for (const value of values) received.append(name, value)
  }
  return { url, status: Number(response.statusCode), headers: received, text: await text(response) }
}
