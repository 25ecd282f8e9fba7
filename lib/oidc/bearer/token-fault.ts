import type { RefusedToken } from '../../bearer-token.ts'

/** Why a token is not taken, in words for the log. They have nothing of the token in them. */
export class TokenFault extends Error {
  override readonly name = 'TokenFault'
  readonly refusal: RefusedToken['refusal']

  constructor (problem: string, { refusal = 'invalid', cause }: Partial<RefusedToken> = {}) {
    super(problem, cause === undefined ? {} : { cause })
    this.refusal = refusal
  }

  get verdict (): RefusedToken {
    return Object.freeze({ refusal: this.refusal, cause: this })
  }
}

/** The verdict about a token that has a fault; whatever else was thrown is none of its own, and is thrown on. */
export function verdictOf (thrown: unknown): RefusedToken {
  if (thrown instanceof TokenFault) return thrown.verdict
  throw thrown
}
