import { test } from 'tap'
import { storeContract } from '../../lib/testing/store-contract.ts'
import { shareMemory } from '../stores/_shared-memory.ts'

for (const { title, check } of storeContract(shareMemory())) test(title, check)
