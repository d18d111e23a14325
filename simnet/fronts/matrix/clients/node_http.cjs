// Node's http, by the first example of its documentation; and with a time-out for the whole, two more tries, and what
// the example leaves out: `error` of the reply, which is how a reply that breaks off is told, and its status.
'use strict';
const http = process.argv[4].startsWith('https:') ? require('node:https') : require('node:http');
const { main, patiently, refused } = require('./calls.cjs');

const ask = (url, options, body) => new Promise((resolve, reject) => {
  const request = http.request(url, options, reply => {
    const data = [];
    reply.on('data', piece => data.push(piece));
    reply.on('end', () => resolve(Buffer.concat(data)));
  });
  request.on('error', reject);
  request.end(body);
});

const careful = (url, options, body) => new Promise((resolve, reject) => {
  const request = http.request(url, { ...options, signal: AbortSignal.timeout(1500) }, reply => {
    const data = [];
    reply.on('error', reject);
    reply.on('data', piece => data.push(piece));
    reply.on('end', () => (reply.statusCode < 400 ? resolve(Buffer.concat(data)) : reject(refused(reply.statusCode))));
  });
  request.on('error', reject);
  request.end(body);
});

const posting = body => ({ method: 'POST', headers: { 'Content-Length': Buffer.byteLength(body) } });

main({
  plain: { get: url => ask(url, {}), post: (url, body) => ask(url, posting(body), body) },
  patient: { get: url => patiently(() => careful(url, {})), post: (url, body) => careful(url, posting(body), body) },
});
