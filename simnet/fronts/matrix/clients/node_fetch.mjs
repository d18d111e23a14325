// fetch of Node.js, plain or patient: `node node_fetch.mjs plain|patient get|post|calls URL BODY`.
// One line of JSON on standard error for each call, as simnet/fronts/matrix/runner.py writes it for Python.

const [setting, way, url, body] = process.argv.slice(2);
const REST = 500;

async function once(options) {
  const reply = await fetch(url, options);
  if (!reply.ok) throw Object.assign(new Error(`status ${reply.status}`), { name: "StatusError" });
  return Buffer.from(await reply.arrayBuffer());
}

async function patient(options) {
  const tries = options.method === "POST" ? 1 : 3;
  for (let number = 1; ; number++) {
    try {
      return await once({ ...options, signal: AbortSignal.timeout(2000) });
    } catch (error) {
      if (number === tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** number));
    }
  }
}

function chain(error) {
  const found = [];
  for (let each = error; each && found.length < 12; each = each.cause) {
    found.push({ type: each.name ?? typeof each, errno: String(each.code ?? ""), message: String(each.message ?? each) });
  }
  return found;
}

async function call(name) {
  const began = performance.now();
  const options = name === "post" ? { method: "POST", body } : {};
  const line = { call: name };
  try {
    line.data = (await (setting === "plain" ? once : patient)(options)).toString("base64");
  } catch (error) {
    line.error = chain(error);
    process.exitCode = 1;
  }
  line.seconds = (performance.now() - began) / 1000;
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

if (way === "calls") {
  await call("get");
  await new Promise((resolve) => setTimeout(resolve, REST));
  await call("post");
} else {
  await call(way);
}
