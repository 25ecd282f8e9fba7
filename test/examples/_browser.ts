import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { Jar } from '../_jar.ts'

/** Fields of a form, or headers. */
type Texts = Readonly<Record<string, string>>

/** A page as somebody sees it, after all redirects. */
export interface Visit {
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** What a browser says of a page that a person waits for. Node's fetch cannot: it says `sec-fetch-mode: cors`. */
const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

/** A browser without JavaScript on a real socket: it keeps cookies for each site and follows redirects between them. */
export class Browser {
  readonly #jars = new Map<string, Jar>()

  jar ({ origin }: URL): Jar {
    const jar = this.#jars.get(origin) ?? new Jar()
    this.#jars.set(origin, jar)
    return jar
  }

  /** One request, and nothing after it. */
  async ask (url: URL, headers: Texts, form?: Texts): Promise<Visit> {
    const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
    const sent = request(url, {
      method: form === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...type, ...this.jar(url).headers }
    })
    sent.end(form && new URLSearchParams(form).toString())
    const [answer] = await once(sent, 'response') as [IncomingMessage]
    this.jar(url).take(answer)
    return { url: url.href, status: Number(answer.statusCode), headers: answer.headers, body: await text(answer) }
  }

  /** Opens an address, or sends a form of this site. */
  async open (address: string | URL, form?: Texts): Promise<Visit> {
    const url = new URL(address)
    const site = { 'sec-fetch-site': form === undefined ? 'none' : 'same-origin' }
    const visit = await this.ask(url, { ...NAVIGATION, ...site }, form)
    const { location } = visit.headers
    return location === undefined ? visit : await this.open(new URL(String(location), url))
  }

  /** Presses a button of a page: sends the form whose action ends so, with its hidden fields. */
  async submit ({ url, body }: Visit, action: string, fields: Texts = {}): Promise<Visit> {
    const forms = body.matchAll(/<form[^>]*\baction="([^"]*)"[^>]*>(.*?)<\/form>/gs)
    const [, target = '', content = ''] = [...forms].find(([, target]) => target?.endsWith(action)) ?? []
    if (target === '') throw new Error(`no form goes to ${action}: ${body}`)
    const hidden = [...content.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
    return await this.open(new URL(target, url), {
      ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), ...fields
    })
  }
}
