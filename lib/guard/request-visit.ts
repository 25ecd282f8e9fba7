import type { FastifyRequest } from 'fastify'
import { deviceOf } from '../session/device.ts'
import type { Visit } from '../session/sessions.ts'

/** What sessions know of a request, read when it is needed. */
export class RequestVisit implements Visit {
  readonly #request: Pick<FastifyRequest, 'raw'>

  constructor (request: Pick<FastifyRequest, 'raw'>) {
    this.#request = request
  }

  get header (): string | undefined {
    return this.#request.raw.headers.cookie
  }

  get device (): string {
    return deviceOf(this.#request.raw.headers['user-agent'])
  }
}
