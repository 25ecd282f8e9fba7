/**
 * Gets and keeps tokens for programs: command lines, scripts, desktop applications. Needs no Fastify.
 *
 * @module fastify-login/client
 */
export { authenticate } from './authenticate.ts'
export { ClientError, type ClientErrorCode } from './client-error.ts'
export { parseHost, type Host } from './host.ts'
export { isInteractive, type Surroundings } from './interactive.ts'
export type { KeptToken, TokenKey } from './kept-token.ts'
export type { AuthenticateOptions, Flow } from './options.ts'
export { ProgramToken } from './program-token.ts'
export { describePrompt, type Prompt } from './prompt.ts'
export { shownText } from './shown-text.ts'
export { defaultTokenFile, TokenFile, type TokenFileOptions } from './token-file.ts'
