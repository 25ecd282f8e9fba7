/** What stands in the claims, by what is wrong with it. */
type Faults = Readonly<Record<string, { readonly claims: Readonly<Record<string, unknown>> }>>

/** Ways in which a token is of somebody else, whatever kind of token it is. */
export const issuerFaults: Faults = {
  'iss is absent': { claims: { iss: undefined } },
  'iss is null': { claims: { iss: null } },
  'iss is a number': { claims: { iss: 7 } },
  'iss is a list with the right one': { claims: { iss: ['https://id.example.com'] } },
  'iss is empty': { claims: { iss: '' } },
  'iss is another issuer': { claims: { iss: 'https://evil.example' } },
  'iss has a slash more': { claims: { iss: 'https://id.example.com/' } }
}

/** Ways in which it is for somebody else. */
export const audienceFaults: Faults = {
  'aud is absent': { claims: { aud: undefined } },
  'aud is null': { claims: { aud: null } },
  'aud is a number': { claims: { aud: 7 } },
  'aud is an object': { claims: { aud: { web: true } } },
  'aud is empty': { claims: { aud: '' } },
  'aud is an empty list': { claims: { aud: [] } },
  'aud is a list in a list': { claims: { aud: [['web']] } },
  'aud is another client': { claims: { aud: 'other' } },
  'aud is a list of other clients': { claims: { aud: ['other', 'third'], azp: 'web' } },
  'aud begins with the client': { claims: { aud: 'web2' } }
}

/** Ways in which it was made for somebody else. */
export const partyFaults: Faults = {
  'azp is absent beside several audiences': { claims: { aud: ['web', 'other'] } },
  'azp is another client': { claims: { azp: 'other' } },
  'azp is another client beside several audiences': { claims: { aud: ['web', 'other'], azp: 'other' } },
  'azp is null': { claims: { azp: null } },
  'azp is a list with this client': { claims: { azp: ['web'] } }
}
