/**
 * What tests of an application need.
 *
 * @module fastify-login/testing
 */
export { createClock, type TestClock } from './clock.ts'
export {
  signedIn, type SignedIn, type SignedInByToken, type SignedInByTokenOptions, type SignedInOptions
} from './signed-in.ts'
export { type MakeStore, type StoreCase, storeContract, type StoreContractOptions } from './store-contract.ts'
