import type { FastifyRequest } from 'fastify'
import { CredentialsAmbiguous } from '../errors.ts'

type Headers = Pick<FastifyRequest, 'raw'>

const NAME = 'authorization'

function isAuthorization (name: string | undefined): boolean {
  // Of most headers the length says enough.
  return name?.length === NAME.length && name.toLowerCase() === NAME
}

/** Whether a request has two Authorization headers: Node keeps the first, a proxy may have looked at the other. */
export function isAmbiguous ({ raw: { rawHeaders } }: Headers): boolean {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) if (isAuthorization(rawHeaders[index])) count += 1
  return count > 1
}

/** @throws CredentialsAmbiguous for such a request, whatever the schemes of the headers are */
export function assertOneHeader (request: Headers): void {
  if (isAmbiguous(request)) throw new CredentialsAmbiguous()
}
