import { type IncomingMessage, type ServerResponse } from 'node:http'
import { consentPage } from './consent-page.ts'
import { giveMissingScopes, missingScopes } from './consent.ts'
import { staleSignInPage, unknownPersonPage } from './error-pages.ts'
import { type Interaction, type OidcProvider } from './oidc-provider.ts'
import { sendPage } from './page.ts'
import { type Person } from './people.ts'
import { requestedAcrs } from './policy.ts'
import { signInPage } from './sign-in-page.ts'

const DEFAULT_ACR = '1'
const FORM_MAX_CHARACTERS = 10_000

/** Who answers: a provider, with the people that it knows. */
export interface Host {
  readonly provider: OidcProvider
  readonly people: readonly Person[]
}

interface Visit {
  readonly interaction: Interaction
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

async function readForm (request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    // Read to the end in any case: the browser listens for an answer only then.
    if (text.length < FORM_MAX_CHARACTERS) text += String(chunk)
  }
  return new URLSearchParams(text)
}

async function consent ({ provider }: Host, { interaction, request, response }: Visit): Promise<void> {
  await giveMissingScopes(provider, interaction)
  return provider.interactionFinished(request, response, { consent: {} })
}

/** The page that fits, or the way back where there is nothing to ask the person. */
async function show (host: Host, visit: Visit): Promise<void> {
  const { interaction, response } = visit
  if (interaction.prompt.name !== 'consent') return sendPage(response, 200, signInPage(interaction, host.people))
  if (missingScopes(interaction).length > 0) return sendPage(response, 200, consentPage(interaction))
  return consent(host, visit)
}

async function login ({ provider, people }: Host, { interaction, request, response }: Visit): Promise<void> {
  const chosen = (await readForm(request)).get('person')
  const person = people.find(({ sub }) => sub === chosen)
  if (person === undefined) return sendPage(response, 400, unknownPersonPage)
  const [acr = DEFAULT_ACR] = requestedAcrs(interaction.params)
  return provider.interactionFinished(request, response, {
    login: { accountId: person.sub, acr }, select_account: {}, create: {}
  })
}

async function cancel ({ provider }: Host, { request, response }: Visit): Promise<void> {
  return provider.interactionFinished(request, response, {
    error: 'access_denied', error_description: 'The person cancelled the sign-in.'
  })
}

const answers = new Map([['GET ', show], ['POST /login', login], ['POST /consent', consent], ['POST /cancel', cancel]])

/** Whether a request is for the pages where a person answers. */
export function isInteraction (target: string): boolean {
  return target.startsWith('/interaction/')
}

/**
 * Answers a request for `/interaction/:uid` and below: GET shows the people or what consent is asked for, POST `/login`
 * signs one of the people in, POST `/consent` allows, POST `/cancel` refuses. Whatever does not belong to a running
 * sign-in of this browser gets a page with status 400.
 */
export async function answerInteraction (
  host: Host, request: IncomingMessage, response: ServerResponse
): Promise<void> {
  try {
    const interaction = await host.provider.interactionDetails(request, response)
    const path = `${request.url}`.replace(`/interaction/${interaction.uid}`, '')
    const answer = answers.get(`${request.method} ${path}`)
    if (answer === undefined) return sendPage(response, 400, staleSignInPage)
    await answer(host, { interaction, request, response })
  } catch {
    // oidc-provider throws where the cookie is missing or the interaction is over.
    sendPage(response, 400, staleSignInPage)
  }
}
