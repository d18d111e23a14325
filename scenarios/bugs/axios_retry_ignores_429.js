// One GET by axios, with three retries.
const axios = require("axios");
require("axios-retry").default(axios, { retries: 3 });

axios.get(process.env.SIMNET_API_URL).then((reply) => console.log("status", reply.status), (error) => console.log(error.message));
