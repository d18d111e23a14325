// got, by the first example of its documentation (two retries of its own, no time-out); and with its time-outs. The folder
// node_modules is the last argument; got is an ES module, which `import` finds by no folder but its own.
'use strict';
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');
const { main } = require('./calls.cjs');

const place = pathToFileURL(createRequire(`${process.argv.at(-1)}/`).resolve('got'));
const careful = { timeout: { connect: 1500, socket: 1500, request: 1500 }, retry: { limit: 2, backoffLimit: 200 } };

import(place).then(({ got }) => main({
  plain: { get: url => got(url).buffer(), post: (url, body) => got.post(url, { body }).buffer() },
  patient: { get: url => got(url, careful).buffer(), post: (url, body) => got.post(url, { ...careful, body }).buffer() },
}));
