import type { FastifySchema } from 'fastify'

/** A schema that describes, and judges nothing. */
export function takeAll (): () => true {
  return () => true
}

const createRefusalSchema = (): object => ({
  description: 'What is wrong (RFC 6749, section 5.2)',
  type: 'object',
  additionalProperties: true,
  properties: { error: { type: 'string' }, error_description: { type: 'string' } }
})

const text = (description: string): object => ({ type: 'string', description })

/** What OpenAPI says of `GET /auth/authorize`. */
export const createAuthorizeSchema = (): FastifySchema & Readonly<Record<string, unknown>> => ({
  summary: 'Asks a person in a browser whether a program may act for them',
  description: 'RFC 6749, section 4.1.1, with a code challenge (RFC 7636). The browser comes back with a code.',
  querystring: {
    type: 'object',
    required: ['client_id', 'response_type'],
    properties: {
      response_type: { type: 'string', enum: ['code'] },
      client_id: text('The program'),
      redirect_uri: text('One of its registered addresses; needed where it has several'),
      scope: text('Words with blanks between them. All that the program may have, where it is left out'),
      state: text('Comes back as it is, at most 1,024 characters'),
      code_challenge: text('Of 43 characters'),
      code_challenge_method: { type: 'string', enum: ['S256'] },
      prompt: text('Passed on to the provider')
    }
  }
})

/**
 * What OpenAPI says of `POST /auth/token`. Who reads a form is its handler: an error has the words of RFC 6749. Made
 * anew for each route, because Fastify writes on it.
 */
export const createTokenSchema = (): FastifySchema & Readonly<Record<string, unknown>> => ({
  summary: 'Gives a program its tokens',
  description: 'RFC 6749, section 3.2. A program with a secret sends it by HTTP Basic or as "client_secret".',
  consumes: ['application/x-www-form-urlencoded'],
  body: {
    type: 'object',
    properties: {
      grant_type: { type: 'string' },
      client_id: { type: 'string' },
      client_secret: { type: 'string' },
      code: { type: 'string' },
      redirect_uri: { type: 'string' },
      code_verifier: { type: 'string' },
      refresh_token: { type: 'string' },
      device_code: { type: 'string' },
      scope: { type: 'string' }
    }
  },
  response: {
    200: {
      description: 'The tokens',
      type: 'object',
      additionalProperties: true,
      required: ['access_token', 'token_type'],
      properties: {
        access_token: { type: 'string' },
        token_type: { type: 'string' },
        expires_in: { type: 'integer' },
        refresh_token: { type: 'string' },
        scope: { type: 'string' }
      }
    },
    '4xx': createRefusalSchema()
  }
})

/** What OpenAPI says of `POST /auth/device`. */
export const createDeviceSchema = (): FastifySchema & Readonly<Record<string, unknown>> => ({
  summary: 'Begins a sign-in by a code that a person enters elsewhere',
  description: 'RFC 8628, section 3.1. A program with a secret sends it by HTTP Basic or as "client_secret".',
  consumes: ['application/x-www-form-urlencoded'],
  body: {
    type: 'object',
    properties: { client_id: { type: 'string' }, client_secret: { type: 'string' }, scope: { type: 'string' } }
  },
  response: {
    200: {
      description: 'What the person enters, and what the program asks for tokens with',
      type: 'object',
      required: ['device_code', 'user_code', 'verification_uri', 'expires_in', 'interval'],
      properties: {
        device_code: { type: 'string' },
        user_code: { type: 'string' },
        verification_uri: { type: 'string' },
        verification_uri_complete: { type: 'string' },
        expires_in: { type: 'integer' },
        interval: { type: 'integer' }
      }
    },
    '4xx': createRefusalSchema()
  }
})

/** What a program sends to say which token it means, and who it is. */
const createTokenFormSchema = (): object => ({
  type: 'object',
  required: ['token'],
  properties: {
    token: text('An access token of this application, or a refresh token'),
    token_type_hint: { type: 'string', enum: ['access_token', 'refresh_token'] },
    client_id: { type: 'string' },
    client_secret: { type: 'string' }
  }
})

/** What OpenAPI says of `POST /auth/revoke`. */
export const createRevokeSchema = (): FastifySchema & Readonly<Record<string, unknown>> => ({
  summary: 'Ends what a program was given by one consent',
  description: 'RFC 7009. A program with a secret sends it by HTTP Basic or as "client_secret".',
  consumes: ['application/x-www-form-urlencoded'],
  body: createTokenFormSchema(),
  response: { 200: { description: 'The token is good no more, or never was', type: 'null' }, '4xx': createRefusalSchema() }
})

/** What OpenAPI says of `POST /auth/introspect`. */
export const createIntrospectSchema = (): FastifySchema & Readonly<Record<string, unknown>> => ({
  summary: 'Tells whether a token is good, and what it says',
  description: 'RFC 7662. The program sends its secret by HTTP Basic or as "client_secret".',
  consumes: ['application/x-www-form-urlencoded'],
  body: createTokenFormSchema(),
  response: {
    200: {
      description: 'What is known of the token; of one that is not good, or not for the program, nothing but "active"',
      type: 'object',
      additionalProperties: true,
      required: ['active'],
      properties: {
        active: { type: 'boolean' },
        iss: { type: 'string' },
        sub: { type: 'string' },
        aud: {},
        client_id: { type: 'string' },
        scope: { type: 'string' },
        exp: { type: 'integer' },
        iat: { type: 'integer' },
        jti: { type: 'string' },
        token_type: { type: 'string' },
        auth_time: { type: 'integer' }
      }
    },
    '4xx': createRefusalSchema()
  }
})

/** A schema that describes, and shapes nothing: also where the application compiles another kind of them. */
export function writeJson (): (data: unknown) => string {
  return data => JSON.stringify(data)
}
