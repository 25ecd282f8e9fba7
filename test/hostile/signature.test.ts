import { invalid, testCases } from './_case.ts'
import { signatureFaults } from './_signature-faults.ts'

testCases(signatureFaults.flatMap(({ section, signers, common }) => Object.entries(signers).map(([fault, make]) => ({
  title: `${fault} (${section})`,
  misbehave (provider) { provider.sign = async claims => await make(claims, provider) },
  expected: invalid,
  ...common
}))))
