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

function describeBrowser ({ address, isOpened }: Prompt & { kind: 'browser' }): string {
  const beginning = isOpened ? 'Sign in with the browser that opens, or open' : 'To sign in, open'
  return `${beginning} this address on this machine:\n\n  ${address}\n\n`
}

function describeDevice ({ verificationUri, verificationUriComplete, userCode }: Prompt & { kind: 'device' }): string {
  const text = `To sign in, open this address on any device:\n\n  ${verificationUri}\n\nand enter the code ${userCode}\n\n`
  if (verificationUriComplete === undefined) return text
  return `${text}or open this one, and compare the code:\n\n  ${verificationUriComplete}\n\n`
}

/** What to tell a person, for a terminal. */
export function describePrompt (prompt: Prompt): string {
  return prompt.kind === 'browser' ? describeBrowser(prompt) : describeDevice(prompt)
}
