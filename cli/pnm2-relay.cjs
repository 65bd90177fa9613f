#!/usr/bin/env node
// Plain JavaScript of any age before anything else is loaded: it must be able to tell an old Node what is wrong.
require('../scripts/require-node.cjs');
import('./pnm2-relay.ts');
