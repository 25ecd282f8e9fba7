type Texts = ReadonlyArray<string | undefined>

/** Whoever asks further has a command of its own, so that nobody waits for a long answer. */
const ENOUGH_KEYS = 200

/** Keys that are asked for together, each with its place in the answer. */
interface Round {
  readonly places: Map<string, number>
  readonly answer: Promise<Texts>
}

/**
 * Reads of many requests in one command: those that come in one turn of the event loop, and of the same key only one.
 * A command is sent when all whom it answers have asked, so what was written before somebody asked is in the answer.
 */
export class ReadBatch {
  readonly #ask: (keys: readonly string[]) => Promise<Texts>
  #round: Round | undefined

  /** @param ask gives the texts of some keys, in their order */
  constructor (ask: (keys: readonly string[]) => Promise<Texts>) {
    this.#ask = ask
  }

  async read (keys: readonly string[]): Promise<Texts> {
    const { places, answer } = this.#open()
    const asked = keys.map(key => placeOf(key, places))
    const texts = await answer
    return asked.map(place => texts[place])
  }

  #open (): Round {
    if (this.#round !== undefined && this.#round.places.size < ENOUGH_KEYS) return this.#round
    const places = new Map<string, number>()
    const answer = new Promise<Texts>((resolve, reject) => {
      setImmediate(() => {
        if (this.#round?.places === places) this.#round = undefined
        this.#ask([...places.keys()]).then(resolve, reject)
      })
    })
    this.#round = { places, answer }
    return this.#round
  }
}

function placeOf (key: string, places: Map<string, number>): number {
  const known = places.get(key)
  if (known !== undefined) return known
  places.set(key, places.size)
  return places.size - 1
}
