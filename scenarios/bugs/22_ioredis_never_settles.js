// One INCR that is not to be sent again; COMMAND_TIMEOUT in milliseconds, if it is set.
const Redis = require("ioredis");

const { SIMNET_REDIS_HOST: host, SIMNET_REDIS_PORT: port, COMMAND_TIMEOUT } = process.env;
const patience = COMMAND_TIMEOUT ? { commandTimeout: Number(COMMAND_TIMEOUT) } : {};
const plain = { host, port, protocol: 2, enableReadyCheck: false, disableClientInfo: true };
const redis = new Redis({ ...plain, ...patience, autoResendUnfulfilledCommands: false });
let connected = 0;
redis.on("error", () => {}).on("ready", () => console.log("connected", ++connected));
redis.incr("hits").then(console.log, (error) => console.log(error.message)).finally(() => redis.disconnect());
