/** What OpenAPI says of `POST /auth/token`. Who reads a form is its handler: an error has the words of RFC 6749. */
export const tokenSchema = Object.freeze({
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
    '4xx': {
      description: 'What is wrong (RFC 6749, section 5.2)',
      type: 'object',
      additionalProperties: true,
      properties: { error: { type: 'string' }, error_description: { type: 'string' } }
    }
  }
})

/** A schema that describes, and judges nothing. */
export function takeAll (): () => true {
  return () => true
}
