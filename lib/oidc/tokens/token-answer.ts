/** A successful answer of a token endpoint, taken apart before it is judged: what came beside the access token. */
export interface TokenAnswerParts {
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
  /** The rest, to be judged by oauth4webapi. */
  readonly rest: Response
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

async function membersOf (response: Response): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const body: unknown = await response.clone().json()
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : undefined
  } catch {
    return undefined
  }
}

/** `expires_in` as a number that can be one, whatever it is written as. */
function lifeOf (value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Number.parseFloat(value) : value
  return typeof seconds === 'number' && Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}

/**
 * Takes an answer apart. A refresh token that came is known even where the rest is faulty: the one before it is spent
 * by then. Members that say nothing usable count as left out.
 */
export async function takeApart (response: Response): Promise<TokenAnswerParts> {
  const members = response.status === 200 ? await membersOf(response) : undefined
  if (members === undefined) return { refreshToken: undefined, idToken: undefined, rest: response }
  const { refresh_token: refreshToken, id_token: idToken, expires_in: life, scope, ...others } = members
  const rest = { ...others, expires_in: lifeOf(life), scope: typeof scope === 'string' ? scope : undefined }
  const { status, headers } = response
  return {
    refreshToken: isText(refreshToken) ? refreshToken : undefined,
    idToken: isText(idToken) ? idToken : undefined,
    rest: new Response(JSON.stringify(rest), { status, headers })
  }
}
