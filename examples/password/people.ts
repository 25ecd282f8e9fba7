import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

interface Kept {
  readonly salt: Buffer
  readonly digest: Buffer
}

const digestLength = 32
const hash = promisify<string, Buffer, number, Buffer>(scrypt)

async function keep (password: string): Promise<Kept> {
  const salt = randomBytes(16)
  return { salt, digest: await hash(password, salt, digestLength) }
}

/** Whether a name and a password belong together. */
export type CheckPassword = (name: string, password: string) => Promise<boolean>

/** Keeps people in memory, as a table of an application would: a salt and a digest, never a password. */
export async function createCheckPassword (passwords: Readonly<Record<string, string>>): Promise<CheckPassword> {
  const people = new Map<string, Kept>()
  for (const [name, password] of Object.entries(passwords)) people.set(name, await keep(password))
  const nobody = await keep('')

  return async function checkPassword (name, password) {
    // An unknown name costs the same time as a known one, so that nobody can tell which names exist.
    const { salt, digest } = people.get(name) ?? nobody
    const isRight = timingSafeEqual(digest, await hash(password, salt, digestLength))
    return isRight && people.has(name)
  }
}
