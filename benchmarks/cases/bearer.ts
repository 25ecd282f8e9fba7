import type { Algorithm } from '../subjects/subject.ts'
import type { Group, ServerCase } from './case.ts'
import { asGoodAs } from './peers.ts'
import { jwtPeers } from './peers-bearer.ts'
import { bareOnce } from './servers.ts'

/** Signing takes its time too. */
const UNSEEN = 3_000

function bearerOf (algorithm: Algorithm, seenTarget: number): Group {
  const verifying = (name: string, title: string): ServerCase =>
    ({ name, title, server: { module: 'verify-alone', name: `${name}${algorithm}` }, unseen: UNSEEN })
  return {
    name: algorithm.toLowerCase(),
    title: `Access tokens signed with ${algorithm}`,
    remark: 'The issuer and its keys are local. Tokens that are seen for the first time have to be verified, ' +
      'whoever does it.',
    cases: [
      bareOnce({ sendsAs: 'seen' }),
      {
        name: 'seen',
        title: 'fastify-login, tokens seen before',
        server: { module: 'bearer', name: algorithm },
        goals: [{ kind: 'share', target: seenTarget }, ...asGoodAs('jwt-seen', 'jwt-seen-fastest')]
      },
      {
        name: 'unseen',
        title: 'fastify-login, each token for the first time',
        server: { module: 'bearer', name: algorithm },
        unseen: UNSEEN,
        goals: [{ kind: 'multiple', with: 'jose', target: 1.2 }]
      },
      verifying('jose', 'jose alone, each token for the first time'),
      verifying('crypto', 'crypto.verify alone, each token for the first time'),
      ...jwtPeers(algorithm, UNSEEN)
    ]
  }
}

export const bearer: readonly Group[] = [bearerOf('RS256', 0.9), bearerOf('ES256', 0.9), bearerOf('EdDSA', 0.9)]
