// One GET by fetch() of undici; a body that breaks off ends the program with status 1.
const { fetch } = require("undici");

async function main() {
  const reply = await fetch(process.env.SIMNET_API_URL);
  console.log(reply.status, (await reply.text()).length);
}

main().catch((error) => {
  console.log(String(error));
  process.exitCode = 1;
});
