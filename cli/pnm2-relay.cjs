#!/usr/bin/env node
// CommonJS in old syntax, so that an old Node can run it up to the version check.
require('../shared/require-node.cjs');
import('./pnm2-relay.ts');
