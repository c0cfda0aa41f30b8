// Calls operations through @aws-sdk/client-mturk: a JSON document a line, in and out, as
// boto3_calls.py does. Its packages are found beside the folder that the first argument names.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const mturk = createRequire(process.argv[2] + "/")("@aws-sdk/client-mturk");
const TIMES = new Set(["ExpireAt"]);

function given(name, value) {
  return TIMES.has(name) ? new Date(value * 1000) : value;
}

function written(value) {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(written);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).filter(([name]) => name !== "$metadata");
  return Object.fromEntries(members.map(([name, member]) => [name, written(member)]));
}

async function carryOut(call) {
  const client = new mturk.MTurk({
    region: "us-east-1",
    endpoint: call.url,
    maxAttempts: 1,
    credentials: {
      accessKeyId: call.access_key_id,
      secretAccessKey: call.secret_access_key,
    },
  });
  const input = Object.fromEntries(
    Object.entries(call.input).map(([name, value]) => [name, given(name, value)]),
  );
  try {
    if (call.paginate) {
      const pages = [];
      const walk = mturk[`paginate${call.operation}`];
      const settings = { client, pageSize: input.MaxResults };
      for await (const page of walk(settings, input)) pages.push(written(page));
      return { pages };
    }
    const output = await client.send(new mturk[`${call.operation}Command`](input));
    return { output: written(output) };
  } catch (error) {
    // What is no answer of the server has no metadata: a fault of this program.
    if (error.$metadata?.httpStatusCode === undefined) throw error;
    return { error: { type: error.name, message: error.Message ?? error.message } };
  } finally {
    client.destroy();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await carryOut(JSON.parse(line))));
}
