// CommonJS in old syntax, because it must run on the Node versions that it rejects.
const wanted = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < wanted) {
  console.error(
    'This needs Node ' +
      wanted +
      ', but this is Node ' +
      process.versions.node +
      '. `npm ci` (without --ignore-scripts) installs the right version, and npm and npx then use it.',
  );
  process.exit(1);
}
