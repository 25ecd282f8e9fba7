import type { ProgramSettings } from '../options/program-settings.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import { isSameText } from '../same-text.ts'

/** What a request for an endpoint for programs says of who sends it. */
export interface ProgramEvidence {
  /** The header of the request. */
  readonly authorization: string | undefined
  /** Fields of the form, none of them twice. */
  readonly form: Pick<URLSearchParams, 'get'>
}

interface Credentials {
  readonly clientId: string
  readonly secret: string | undefined
}

const MOST_CHARACTERS = 8192
const credentials = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i

/** Text of a form field (RFC 6749, appendix B); undefined for what is none. */
function decodeField (text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** What HTTP Basic carries (RFC 6749, section 2.3.1); undefined for a header that is malformed. */
function parseBasic (header: string): Credentials | undefined {
  const encoded = header.length > MOST_CHARACTERS ? undefined : credentials.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const [name = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  if (rest.length === 0) return undefined
  const [clientId, secret] = [decodeField(name), decodeField(rest.join(':'))]
  return clientId === undefined || secret === undefined ? undefined : { clientId, secret }
}

/** The registered programs, and which of them a request comes from. */
export class ProgramClients {
  readonly #programs: ReadonlyMap<string, ProgramSettings>
  readonly #challenge: string

  /** @param realm the protection space, as challenges name it */
  constructor (programs: readonly ProgramSettings[], realm: string) {
    this.#programs = new Map(programs.map(program => [program.clientId, program]))
    this.#challenge = `Basic realm="${realm}", charset="UTF-8"`
  }

  get all (): readonly ProgramSettings[] {
    return [...this.#programs.values()]
  }

  find (clientId: string | undefined): ProgramSettings | undefined {
    return clientId === undefined ? undefined : this.#programs.get(clientId)
  }

  /**
   * The program that sends a request, proved where it has a secret. A public one says who it is; where a single program
   * is registered and it is public, nobody else can be meant.
   *
   * @throws OAuthRefusal `invalid_client` (401) or `invalid_request`
   */
  authenticate (evidence: ProgramEvidence): ProgramSettings {
    const { clientId, secret } = this.#read(evidence)
    const program = this.find(clientId) ?? this.#refuse('nobody is registered under the client id')
    if (program.secret === undefined) {
      return secret === undefined ? program : this.#refuse('a program without a secret sent one')
    }
    if (secret === undefined || !isSameText(secret, program.secret.reveal())) this.#refuse('the secret is another one')
    return program
  }

  /**
   * As `authenticate`, where knowing the name of a program is not enough.
   *
   * @throws OAuthRefusal `invalid_client` (401), also for a program without a secret, or `invalid_request`
   */
  authenticateSecret (evidence: ProgramEvidence): ProgramSettings {
    const program = this.authenticate(evidence)
    return program.secret === undefined ? this.#refuse('the program has no secret') : program
  }

  #read ({ authorization, form }: ProgramEvidence): Credentials {
    const named = form.get('client_id') ?? undefined
    const secret = form.get('client_secret') ?? undefined
    if (authorization === undefined) return { clientId: named ?? this.#onlyPublic(), secret }
    const basic = parseBasic(authorization) ?? this.#refuse('the header has no credentials of the scheme Basic')
    if (secret !== undefined || (named !== undefined && named !== basic.clientId)) {
      throw new OAuthRefusal('invalid_request', 'A program says who it is in the header or in the form, and not in both.')
    }
    return basic
  }

  #onlyPublic (): string {
    const [program, ...others] = this.all
    if (program !== undefined && program.secret === undefined && others.length === 0) return program.clientId
    throw new OAuthRefusal('invalid_request', 'The field "client_id" is missing.')
  }

  #refuse (reason: string): never {
    throw new OAuthRefusal('invalid_client', 'The program is not known here, or did not prove who it is.', {
      statusCode: 401, headers: { 'www-authenticate': this.#challenge }, cause: new Error(reason)
    })
  }
}
