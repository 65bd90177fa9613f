/**
 * The import rules of the layout; `npm run check` enforces them. They see relative imports of any form and type-only
 * imports.
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that import each other cannot be read one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'shared-imports-only-shared',
      comment: 'Imports point from the edges to shared/, never back.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(functions|cli|local|bench)/' },
    },
    {
      name: 'functions-import-only-themselves-and-shared',
      comment: 'A function is one folder. What two functions need belongs in shared/.',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^(functions|cli|local|bench)/', pathNot: '^functions/$1/' },
    },
    {
      name: 'edges-import-only-themselves-and-shared',
      severity: 'error',
      from: { path: '^(cli|local|scripts)/' },
      // The local stack builds the functions.
      to: { path: '^(functions|cli|local|bench|scripts)/', pathNot: ['^$1/', '^scripts/build\\.ts$'] },
    },
    {
      name: 'only-the-local-stack-and-the-bench-build',
      comment: 'A build belongs to whatever serves or measures the functions as they are deployed.',
      severity: 'error',
      from: { pathNot: '^(local/start\\.ts$|bench/|scripts/|test/)' },
      to: { path: '^scripts/' },
    },
    {
      name: 'the-bench-imports-no-cli',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^cli/' },
    },
    {
      name: 'policy-is-pure',
      comment: 'No input or output of its own.',
      severity: 'error',
      from: { path: '^functions/deliver/policy/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'] },
    },
    {
      name: 'only-tests-import-tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
