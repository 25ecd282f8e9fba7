import type { SignIn } from '../guard/realm-parts.ts'
import { ReturnPaths } from '../guard/return-paths.ts'
import type { PublicUrl } from '../options/public-url.ts'
import type { Vault } from '../session/vault.ts'
import type { Addresses } from './addresses.ts'

interface SealedReturnPath { readonly v: 1, readonly r: string }

/** Sign-in addresses with a return path in them, which travels sealed: nobody else can make one. */
export function createSignIn (vault: Vault, publicUrl: PublicUrl, addresses: Addresses): SignIn {
  const own = Object.values(addresses).filter(address => address !== undefined)
  const returnPaths = new ReturnPaths(publicUrl, own.map(({ path }) => path))

  function loginUrl (returnTo: string): string {
    if (returnTo === returnPaths.root) return addresses.login.url
    const sealed: SealedReturnPath = { v: 1, r: returnTo }
    return `${addresses.login.url}?returnTo=${vault.seal('return-path', sealed)}`
  }

  return Object.freeze({ returnPaths, loginUrl })
}

/** The path in a `returnTo` parameter; undefined for whatever was not sealed here. */
export function openReturnPath (vault: Vault, sealed: unknown): string | undefined {
  const opened = typeof sealed === 'string' ? vault.open('return-path', sealed)?.payload as SealedReturnPath | undefined : undefined
  return opened?.v === 1 ? opened.r : undefined
}
