// Makes the calls that a command asks for: `node CLIENT.cjs plain|patient get|post|calls URL BODY`.
// One line of JSON on standard error for each call, as simnet/fronts/matrix/runner.py writes it for Python.
//
// Law: nothing here keeps the process alive or ends it. A call whose promise never settles ends as it would for any user:
// Node has nothing left to do and exits with status 0.
'use strict';
const { setTimeout: sleep } = require('node:timers/promises');

const REST = 500;
const DEEPEST = 12;
const [setting, way, url, body] = process.argv.slice(2);

const chain = error => {
  const found = [];
  for (let each = error; each && found.length < DEEPEST; each = each.cause ?? each.errors?.[0]) {
    found.push({ type: each.name ?? typeof each, errno: typeof each.code === 'string' ? each.code : '', message: String(each.message ?? each) });
  }
  return found;
};

const call = async (name, functions) => {
  const began = performance.now();
  const line = { call: name };
  try {
    line.data = (await functions[setting][name](url, body)).toString('base64');
  } catch (error) {
    line.error = chain(error);
    process.exitCode = 1;
  }
  line.seconds = (performance.now() - began) / 1000;
  process.stderr.write(`${JSON.stringify(line)}\n`);
};

// functions: {plain: {get(url), post(url, body)}, patient: {...}}, each a promise of a Buffer.
exports.main = async functions => {
  if (way !== 'calls') {
    return call(way, functions);
  }
  await call('get', functions);
  await sleep(REST);
  return call('post', functions);
};

exports.refused = status => Object.assign(new Error(`status ${status}`), { name: 'StatusError', status });

// Trying again, for libraries that leave it to their user: twice more, with a pause that doubles and jitter.
// A status that no repeat will change is not tried again.
exports.patiently = async once => {
  for (const pause of [100, 200]) {
    try {
      return await once();
    } catch (error) {
      if (error.status >= 400 && error.status < 500 && ![408, 425, 429].includes(error.status)) {
        throw error;
      }
      await sleep(pause * (1 + Math.random()));
    }
  }
  return once();
};
