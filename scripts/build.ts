/** Bundles the operator into `dist/operator.js` and the plugin into `dist/kubectl-openstack.js`, which run by themselves; what they need only sometimes, or both, is in chunks beside them. */
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { operator: 'src/main.ts', 'kubectl-openstack': 'src/cli/main.ts' },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // CommonJS packages inside an ES module still ask for Node's own modules by `require`.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  define: { 'process.env.NODE_ENV': '"production"' },
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
});
chmodSync('dist/kubectl-openstack.js', 0o755);
// What the web view serves.
cpSync('visualizations', 'dist/visualizations', { recursive: true });
for (const [path, { bytes }] of Object.entries(metafile.outputs))
  console.log(`${path}  ${(bytes / 1024).toFixed(0)} KiB`);
