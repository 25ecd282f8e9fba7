import { inspect } from 'node:util'

/** A text that does not show itself: JSON, string conversion and `util.inspect` say `[secret]`. */
export class SecretText {
  readonly #text: string

  constructor (text: string) {
    this.#text = text
  }

  /** The text itself, to be used and not kept. */
  reveal (): string {
    return this.#text
  }

  toString (): string {
    return '[secret]'
  }

  toJSON (): string {
    return '[secret]'
  }

  [inspect.custom] (): string {
    return '[secret]'
  }
}

/** Bytes that do not show themselves either. They work wherever bytes do. */
export class SecretBytes extends Uint8Array {
  override toString (): string {
    return '[secret]'
  }

  toJSON (): string {
    return '[secret]'
  }

  [inspect.custom] (): string {
    return '[secret]'
  }
}
