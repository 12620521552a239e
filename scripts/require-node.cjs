// Plain old JavaScript on purpose: it has to run on the Node that is too old.
var parts = process.versions.node.split('.').map(Number);
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 19)) {
  console.error(
    'openstack-operator needs Node 22.19 or newer; this is ' +
      process.versions.node +
      ' at ' +
      process.execPath +
      '.\nOn Linux (x64, arm64) `npm ci` brings its own Node 24, unless optional dependencies are left out: run `npm ci` without --omit=optional.',
  );
  process.exit(1);
}
