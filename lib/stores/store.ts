/** A value under a key. */
export interface Entry {
  readonly value: string
  /** Changes with every write: for compare and swap. */
  readonly version: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface WriteOptions {
  /** When the value ends, in milliseconds since 1970. Every value has an end. */
  readonly expiresAt: number
  /** Indexes under which `keys` finds the key. */
  readonly tags?: readonly string[]
}

/**
 * Texts under a key, each with an end. Expiry is checked on reading, whatever the backend does, and keys compare by
 * bytes.
 */
export interface Store {
  get (key: string): Promise<Entry | undefined>
  /** Writes only where nothing lives under the key; gives the version, or undefined where something did. */
  add (key: string, value: string, options: WriteOptions): Promise<string | undefined>
  set (key: string, value: string, options: WriteOptions): Promise<string>
  /** Writes only over this version. Never revives what has ended. */
  replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined>
  /** Gets and deletes in one step. */
  take (key: string): Promise<string | undefined>
  /** Whether something was deleted; with a version only that one. */
  delete (key: string, version?: string): Promise<boolean>
  /** Keys of a tag: an index, not the truth. */
  keys (tag: string): Promise<readonly string[]>
  close (): Promise<void>
}
