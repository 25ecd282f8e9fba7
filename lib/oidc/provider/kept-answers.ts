/** An answer of a provider, and when it came, in milliseconds since 1970. */
export interface KeptAnswer {
  readonly answer: object
  readonly at: number
}

/** Good answers of one provider that outlive this process. */
export interface KeptAnswers {
  /** The last one that came from an address; undefined where there is none. A rejection says the same. */
  find (url: string): Promise<KeptAnswer | undefined>
  /** Takes one down. Nobody waits for it, and it never throws. */
  keep (url: string, answer: object): void
}
