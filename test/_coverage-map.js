/** Every test covers the library, and nothing else is counted. */
export default function coverageMap () {
  return 'lib/**/*.ts'
}
