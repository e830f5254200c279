// Writes what the package exports into api.txt, one declaration after the other, so that a change of what applications rely
// on is seen when it is made. `--check` writes nothing, and fails when the file is stale. A public type without a type,
// `any`, fails always. It reads dist: build first.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const here = fileURLToPath(new URL('..', import.meta.url))
const report = new URL('../api.txt', import.meta.url)
const { exports } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
const entries = Object.entries(exports).flatMap(([name, { types }]) => (types ? [{ name, path: `${here}${types.slice(2)}` }] : []))
const program = ts.createProgram(
  entries.map(({ path }) => path),
  { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, skipLibCheck: true, strict: true },
)
const checker = program.getTypeChecker()
const printer = ts.createPrinter({ removeComments: true })
const untyped = []

function* nodes(node) {
  yield node
  for (const child of node.getChildren()) yield* nodes(child)
}

/** The declarations of something that is exported, of this package alone. */
function declarations(symbol) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const own = (target.declarations ?? []).filter((declaration) => declaration.getSourceFile().fileName.startsWith(`${here}dist/`))
  return own.map((declaration) => (ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration))
}

const sections = entries.map(({ name, path }) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(path))
  const symbols = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1))
  const texts = symbols.flatMap((symbol) =>
    declarations(symbol).map((declaration) => {
      for (const node of nodes(declaration)) if (node.kind === ts.SyntaxKind.AnyKeyword) untyped.push(`${name} ${symbol.name}`)
      return printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile())
    }),
  )
  return `# @aegle/sdk${name.slice(1)}\n\n${texts.join('\n')}\n`
})
const text = sections.join('\n')
if (untyped.length > 0) {
  console.error(`any in public types: ${untyped.join(', ')}`)
  process.exitCode = 1
}
if (process.argv.includes('--check')) {
  if ((await readFile(report, 'utf8').catch(() => '')) !== text) {
    console.error('stale: api.txt\nrun `npm run api` in frontend-sdk/ts, and say in CHANGELOG.md what applications must change')
    process.exitCode = 1
  }
} else {
  await writeFile(report, text)
}
