import type { FastifyInstance } from 'fastify'
import type { ProgramOptions } from 'fastify-login'
import type { SendPage } from '../site.ts'
import { programsPage, type TokenClaims } from './programs-page.ts'

/** The programs that people let act for them, by client id. */
export const programs: Readonly<Record<string, ProgramOptions>> = {
  cli: {
    label: 'The command line of fastify-login',
    redirectUris: ['http://127.0.0.1/callback'],
    scopes: ['reports.read']
  }
}

function readClaims (token: string): TokenClaims {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims
}

/** Adds `/programs`, which says how a program gets a token, and shows what is in one. */
export function addPrograms (app: FastifyInstance, address: string, sendPage: SendPage): void {
  app.get('/programs', async (request, reply) => {
    const { currentUser } = request
    if (!currentUser.isAuthenticated) return sendPage(reply, programsPage(request, address, undefined))
    const { accessToken } = await app.login.issueToken(currentUser, { expiresIn: 60, scopes: ['profile', 'email'] })
    return sendPage(reply, programsPage(request, address, readClaims(accessToken)))
  })
}
