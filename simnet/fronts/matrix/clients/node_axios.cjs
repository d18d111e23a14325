// axios, by the first example of its documentation (no time-out; a status of 400 and more is an error); and with a
// time-out, a signal for the whole, and two more tries. The folder node_modules is the last argument.
'use strict';
const { createRequire } = require('node:module');
const { main, patiently } = require('./calls.cjs');

const axios = createRequire(`${process.argv.at(-1)}/`)('axios');

const bytes = { responseType: 'arraybuffer' };
const careful = () => ({ ...bytes, timeout: 1500, signal: AbortSignal.timeout(1500) });
const data = async reply => Buffer.from((await reply).data);

main({
  plain: { get: url => data(axios.get(url, bytes)), post: (url, body) => data(axios.post(url, body, bytes)) },
  patient: {
    get: url => patiently(() => data(axios.get(url, careful()))),
    post: (url, body) => data(axios.post(url, body, careful())),
  },
});
