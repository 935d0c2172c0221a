// The repository brings its own Node through test/runtime. Where that is missing (`--omit=optional`) npm falls
// back to the machine's Node without a word, so every script asks first.
export function assertNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return
  console.error(
    `This needs Node 22.13 or newer, and it runs on ${process.version}.\n` +
      'Run it as an npm script after a plain `npm ci` (without --omit=optional), which brings Node 24 along.',
  )
  process.exit(1)
}
