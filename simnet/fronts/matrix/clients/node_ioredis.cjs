// ioredis, by the first example of its documentation (twenty retries of each command, over reconnections); and with
// time-outs, and retries for reading alone. The folder node_modules is the last argument.
'use strict';
const { createRequire } = require('node:module');
const { main } = require('./calls.cjs');

const Redis = createRequire(`${process.argv.at(-1)}/`)('ioredis');

const careful = maxRetriesPerRequest => ({
  connectTimeout: 1500, commandTimeout: 1500, maxRetriesPerRequest, retryStrategy: times => Math.min(100 * 2 ** times, 1000),
});

// One client for all calls of a process, as its users have it; it keeps the process alive until it is told to go.
const clients = new Map();
const client = (url, key, options) => {
  const { hostname: host, port } = new URL(url);
  if (!clients.has(key)) {
    const made = new Redis({ host, port: Number(port), ...options });
    made.on('error', () => {}); // an `error` that nobody hears is printed; it is the command's promise that is told
    clients.set(key, made);
  }
  return clients.get(key);
};
const get = redis => redis.get('report').then(Buffer.from);
const post = (redis, body) => redis.rpush('orders', body).then(length => Buffer.from(String(length)));

main({
  plain: { get: url => get(client(url, 'plain')), post: (url, body) => post(client(url, 'plain'), body) },
  patient: {
    get: url => get(client(url, 'reading', careful(2))),
    post: (url, body) => post(client(url, 'writing', careful(0)), body),
  },
}).finally(() => clients.forEach(made => made.disconnect()));
