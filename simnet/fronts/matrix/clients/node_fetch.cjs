// Node's fetch, by the first example of its documentation; and with a time-out for the whole, two more tries, and the
// status checked.
'use strict';
const { main, patiently, refused } = require('./calls.cjs');

const ask = async (url, options) => Buffer.from(await (await fetch(url, options)).arrayBuffer());

const careful = async (url, options) => {
  const reply = await fetch(url, { ...options, signal: AbortSignal.timeout(1500) });
  if (!reply.ok) {
    throw refused(reply.status);
  }
  return Buffer.from(await reply.arrayBuffer());
};

main({
  plain: { get: url => ask(url), post: (url, body) => ask(url, { method: 'POST', body }) },
  patient: { get: url => patiently(() => careful(url)), post: (url, body) => careful(url, { method: 'POST', body }) },
});
