// Plain JavaScript of any age, for it must run on the Node that it refuses.
const wanted = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < wanted) {
  console.error(
    'This needs Node ' +
      wanted +
      ' and runs on ' +
      process.versions.node +
      '. `npm ci` brings the right one along, for npm and npx to run: ' +
      'run it again, without --ignore-scripts.',
  );
  process.exit(1);
}
