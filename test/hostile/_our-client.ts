import { SESSION } from '../oidc/_people.ts'
import type { Response, Site, Visitor } from '../oidc/_site.ts'
import type { Client, Outcome, Returning, Tamper } from './_client.ts'

/** The plugin in an application, as one browser sees it. */
export class OurClient implements Client {
  readonly visitor: Visitor
  readonly #site: Site

  constructor (site: Site) {
    this.#site = site
    this.visitor = site.visitor()
  }

  async signIn (tamper: Tamper = () => {}): Promise<Outcome> {
    const begun = await this.visitor.get('/auth/login')
    if (begun.statusCode !== 302) return { who: await this.visitor.who(), answer: begun }
    const location = String(begun.headers.location)
    const parameters = this.#answerTo(location)
    await tamper(this.#returning(parameters))
    const answer = await this.#bringBack(location, parameters)
    return { who: await this.visitor.who(), answer }
  }

  #answerTo (location: string): URLSearchParams {
    return new URL(this.#site.provider.authorize(location), 'https://app.example.com').searchParams
  }

  async #bringBack (location: string, parameters: URLSearchParams): Promise<Response> {
    const isFormPost = new URL(location).searchParams.get('response_mode') === 'form_post'
    if (isFormPost) return await this.visitor.postFromProvider('/auth/callback', String(parameters))
    return await this.visitor.get(`/auth/callback?${parameters}`)
  }

  #returning (parameters: URLSearchParams): Returning {
    const site = this.#site
    return {
      parameters,
      foreignState: async () => String(new URL(await site.visitor().begin()).searchParams.get('state')),
      spent: async () => {
        const isLocal = this.visitor.jar.names.includes(SESSION)
        const location = await this.visitor.begin()
        const spent = this.#answerTo(location)
        await this.#bringBack(location, spent)
        this.visitor.jar.delete(SESSION)
        if (isLocal) await this.visitor.post('/app/login')
        return spent
      },
      wait: seconds => site.clock.advance(seconds)
    }
  }
}
