import { once } from 'node:events'
import { type Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { Jar } from '../../test/_jar.ts'

/** What a browser says of a page that a person waits for. */
const NAVIGATION = {
  accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none'
}

export interface Page {
  readonly url: URL
  readonly status: number
  readonly location: URL | undefined
  readonly body: string
}

/** A browser without JavaScript, for two sites: the provider, where the person stays signed in, and the application. */
export class Browser {
  readonly #agent: Agent
  /** Ports are no sites for cookies, but here nothing else tells the two apart. */
  readonly #jars = new Map<string, Jar>()

  constructor (agent: Agent, provider?: readonly [origin: string, jar: Jar]) {
    this.#agent = agent
    if (provider !== undefined) this.#jars.set(...provider)
  }

  jarOf ({ origin }: URL): Jar {
    const jar = this.#jars.get(origin) ?? new Jar()
    this.#jars.set(origin, jar)
    return jar
  }

  /** One request and its answer. */
  async ask (url: URL, form?: URLSearchParams): Promise<Page> {
    const jar = this.jarOf(url)
    const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
    const method = form === undefined ? 'GET' : 'POST'
    const sent = request(url, { method, agent: this.#agent, headers: { ...NAVIGATION, ...type, ...jar.headers } })
    sent.end(form?.toString())
    const [answer] = await once(sent, 'response') as [IncomingMessage]
    jar.take(answer)
    const { statusCode: status = 0, headers: { location } } = answer
    const body = await text(answer)
    return { url, status, location: location === undefined ? undefined : new URL(location, url), body }
  }

  /** Goes where an answer leads, until one of them leads to `end`, which is not asked for, or nowhere. */
  async follow (start: URL, isEnd: (url: URL) => boolean = () => false): Promise<Page> {
    let page = await this.ask(start)
    while (page.location !== undefined && !isEnd(page.location)) page = await this.ask(page.location)
    return page
  }
}
