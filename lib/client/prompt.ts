/** What a person has to do. All of it may be shown as it is: nothing in it is obeyed by a terminal. */
export type Prompt = {
  readonly kind: 'device'
  /** Where the code is entered, on any device. */
  readonly verificationUri: string
  /** The same with the code in it, where the server gives one. */
  readonly verificationUriComplete: string | undefined
  readonly userCode: string
  /** Seconds since 1970. */
  readonly expiresAt: number
} | {
  readonly kind: 'browser'
  /** Where to sign in, with a browser on this machine. */
  readonly address: string
  /** Whether a browser was started with it. */
  readonly isOpened: boolean
}

/** What to tell a person, for a terminal. */
export function describePrompt (prompt: Prompt): string {
  if (prompt.kind === 'browser') {
    const { address, isOpened } = prompt
    const beginning = isOpened ? 'Sign in with the browser that opens, or open' : 'To sign in, open'
    return `${beginning} this address on this machine:

  ${address}

`
  }
  const { verificationUri, verificationUriComplete, userCode } = prompt
  const shortcut = verificationUriComplete === undefined ? '' : `
or open this address, and compare the code:

  ${verificationUriComplete}
`
  return `To sign in, open this address on any device:

  ${verificationUri}

and enter the code ${userCode}
${shortcut}
`
}
