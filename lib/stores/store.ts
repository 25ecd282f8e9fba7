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
  /** Indexes under which `keys` finds the key. A write takes the place of the tags before it. */
  readonly tags?: readonly string[]
}

/**
 * Texts under a key, each with an end. Expiry is checked on reading with the store's own clock, whatever the backend
 * does. Keys and tags are texts of 1 to 512 bytes in UTF-8 and compare by bytes; values are well-formed Unicode of at
 * least 1 MB. An operation that cannot be done rejects; it never does nothing in silence.
 *
 * `storeContract` of `fastify-login/testing` proves an implementation.
 */
export interface Store {
  get (key: string): Promise<Entry | undefined>
  /**
   * The entries of several keys, in their order, read in one step: what was written before is in it, and a Redis or a
   * database is asked once.
   */
  getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>>
  /**
   * The same at once, where the store knows without asking anybody; undefined where it has to be asked. A store that
   * always has to be asked has no such method.
   */
  peek? (keys: readonly string[]): ReadonlyArray<Entry | undefined> | undefined
  /** Writes only where nothing lives under the key; gives the version, or undefined where something did. */
  add (key: string, value: string, options: WriteOptions): Promise<string | undefined>
  set (key: string, value: string, options: WriteOptions): Promise<string>
  /** Writes only over this version. Never revives what has ended. */
  replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined>
  /** Gets and deletes in one step. */
  take (key: string): Promise<string | undefined>
  /** Whether something was deleted; with a version only that one. */
  delete (key: string, version?: string): Promise<boolean>
  /** Keys of a tag: an index, not the truth. It may name what has ended, never what was not written under it. */
  keys (tag: string): Promise<readonly string[]>
  /** Lets go of what the store itself opened. */
  close (): Promise<void>
}

/** What every driver takes. */
export interface StoreOptions {
  /** The clock, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}
