import type { FastifyRequest } from 'fastify'
import { CredentialsAmbiguous } from '../errors.ts'

type Headers = Pick<FastifyRequest, 'raw'>

/** Whether a request has two Authorization headers: Node keeps the first, a proxy may have looked at the other. */
export function isAmbiguous ({ raw: { rawHeaders } }: Headers): boolean {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length > 1
}

/** @throws CredentialsAmbiguous for such a request, whatever the schemes of the headers are */
export function assertOneHeader (request: Headers): void {
  if (isAmbiguous(request)) throw new CredentialsAmbiguous()
}
