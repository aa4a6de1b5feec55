/** The official JavaScript SDK: `URL PCM_FILE MODEL` in, what its events said out, one JSON line each. */
import { readFileSync } from "node:fs";
import { AssemblyAI } from "assemblyai";

const [url, path, model] = process.argv.slice(2);
const say = (event, fields) => console.log(JSON.stringify({ event, ...fields }));

const transcriber = new AssemblyAI({ apiKey: "the key" }).streaming.transcriber({
  websocketBaseUrl: `${url}/v3/ws`,
  sampleRate: 16_000,
  speechModel: model,
  formatTurns: true,
  connectTimeout: 60_000,
});
transcriber.on("open", ({ id }) => say("begin", { id }));
transcriber.on("error", (error) => say("error", { text: String(error) }));
transcriber.on("close", (code, reason) => say("close", { code, reason }));
transcriber.on("turn", (turn) =>
  say("turn", {
    order: turn.turn_order,
    text: turn.transcript,
    ended: turn.end_of_turn,
    formatted: turn.turn_is_formatted,
    words: turn.words.map(({ text, start, end }) => [text, start, end]),
  }),
);
await transcriber.connect();
const pcm = readFileSync(path);
for (let begin = 0; begin < pcm.length; begin += 3200) transcriber.sendAudio(pcm.subarray(begin, begin + 3200));
await transcriber.close();
