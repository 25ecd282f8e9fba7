import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import authPlugin, { Unauthorized } from 'fastify-login'
import { randomBytes } from 'node:crypto'
import { html } from '../html.ts'
import { addSite } from '../site.ts'
import { accountPage, homePage, loginPage } from './pages.ts'
import { createCheckPassword } from './people.ts'

export interface PasswordExampleOptions {
  readonly port: number
  /** Who can sign in: passwords by name. */
  readonly passwords: Readonly<Record<string, string>>
}

interface LoginRoute {
  Body: { name: string, password: string, remember?: string }
}

const text = { type: 'string', maxLength: 200 }
const loginSchema = {
  body: { type: 'object', required: ['name', 'password'], properties: { name: text, password: text, remember: text } }
}

/** Builds an application that checks passwords itself and leaves the session to the plugin. */
export async function buildPasswordExample ({ port, passwords }: PasswordExampleOptions): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true })
  const checkPassword = await createCheckPassword(passwords)
  await app.register(authPlugin, { secret: randomBytes(32), publicUrl: `http://localhost:${port}` })
  const sendPage = addSite(app, 'Password example')

  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)))

  app.get('/', async ({ currentUser }, reply) => sendPage(reply, homePage(currentUser)))

  app.get('/account', { onRequest: [app.loginRequired] }, async ({ currentUser }, reply) =>
    sendPage(reply, accountPage(currentUser)))

  app.get('/login', async ({ currentUser }, reply) => sendPage(reply, loginPage(currentUser)))

  app.post<LoginRoute>('/login', { schema: loginSchema }, async (request, reply) => {
    const { name, password, remember } = request.body
    if (!await checkPassword(name, password)) {
      const problem = html`<p class="notice" role="alert">The name or the password is wrong.</p>`
      return sendPage(reply.code(403), loginPage(request.currentUser, problem))
    }
    await request.loginUser(name, { remember: remember === 'on' })
    return reply.redirect('/account', 303)
  })

  app.post('/logout', async (request, reply) => {
    await request.logoutUser()
    return reply.redirect('/', 303)
  })

  app.setErrorHandler((error, _request, reply) =>
    error instanceof Unauthorized ? reply.redirect('/login', 303) : reply.send(error))

  return app
}
