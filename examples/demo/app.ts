import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import authPlugin from 'fastify-login'
import { randomBytes } from 'node:crypto'
import { addSite } from '../site.ts'
import { apiPage, type ApiAnswer } from './api-page.ts'
import { errorPage } from './error-page.ts'
import { homePage } from './home-page.ts'
import { addMail } from './mail.ts'
import { startNeighbours } from './neighbours.ts'
import { profilePage } from './profile-page.ts'
import { addPrograms, programs } from './programs.ts'
import { reportPage } from './report-page.ts'

export interface DemoOptions {
  /** Port that the application will listen on: the provider sends people back to it. */
  readonly port: number
}

interface ReportRoute {
  Params: { year: number }
  Querystring: { month: number }
}

const reportSchema = {
  params: { type: 'object', properties: { year: { type: 'integer', minimum: 2000, maximum: 2100 } } },
  querystring: { type: 'object', properties: { month: { type: 'integer', minimum: 1, maximum: 12, default: 1 } } }
}

/** Asks the API of an application as a program does, which says nothing of pages. */
async function askApi (app: FastifyInstance, cookie = ''): Promise<ApiAnswer> {
  const { statusCode, statusMessage, headers, body } = await app.inject({ url: '/api/me', headers: { cookie } })
  return { status: `${statusCode} ${statusMessage}`, headers, body }
}

function wantsPage ({ headers }: FastifyRequest): boolean {
  return String(headers.accept).includes('text/html')
}

/** Builds the demonstration: an application, and its neighbours that live as long. */
export async function buildDemo ({ port }: DemoOptions): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true })
  const neighbours = await startNeighbours(app)
  const { oidc } = neighbours
  const publicUrl = `http://localhost:${port}`
  await app.register(authPlugin, {
    secret: randomBytes(32), publicUrl, oidc, broker: {}, programs, routes: { sessions: '/sessions' }
  })
  const sendPage = addSite(app, 'fastify-login demo', [oidc.issuer])

  app.get('/', async (request, reply) => sendPage(reply, homePage(request)))

  app.get('/me', { onRequest: [app.loginRequired] }, async (request, reply) => sendPage(reply, profilePage(request)))

  app.get<ReportRoute>('/reports/:year', { onRequest: [app.loginRequired], schema: reportSchema },
    async (request, reply) => sendPage(reply, reportPage(request, request.params.year, request.query.month)))

  addMail(app, neighbours, sendPage)
  addPrograms(app, publicUrl, sendPage)

  app.get('/api/me', { onRequest: [app.loginRequired] }, async request => request.currentUser)

  app.get('/api', async (request, reply) => {
    const stranger = await askApi(app)
    const you = request.currentUser.isAuthenticated ? await askApi(app, request.headers.cookie) : undefined
    return sendPage(reply, apiPage(request, stranger, you))
  })

  app.setNotFoundHandler(async (request, reply) =>
    sendPage(reply.code(404), errorPage(request, 404, 'There is no such page.')))

  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    if (!wantsPage(request)) return reply.send(error)
    const { statusCode = 500, message } = error
    return sendPage(reply.code(statusCode), errorPage(request, statusCode, message))
  })

  return app
}
