// One INCR by ioredis; RETRIES is maxRetriesPerRequest, its default (20) if not set.
const Redis = require("ioredis");

const { SIMNET_REDIS_HOST: host, SIMNET_REDIS_PORT: port, RETRIES } = process.env;
const retries = RETRIES ? { maxRetriesPerRequest: Number(RETRIES) } : {};
const redis = new Redis({ host, port, protocol: 2, enableReadyCheck: false, disableClientInfo: true, ...retries });
redis.on("error", () => {});
redis.incr("hits").then((n) => console.log("incr ->", n), (error) => console.log(error.name)).finally(() => redis.disconnect());
