// One GET by http.get, to a name with two addresses.
const http = require("node:http");

const request = http.get(`http://web.test:${process.env.SIMNET_WEB_PORT}/`, (reply) => {
  console.log("status", reply.statusCode);
  reply.resume();
});
request.on("error", (error) => {
  console.log(error.code, error.message);
  process.exitCode = 1;
});
