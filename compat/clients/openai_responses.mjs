// The official OpenAI SDK for Node, Responses.
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { ADDRESS, ASK, BASE_URL, PARAMETERS, PIXEL, expect, fails, model, restored, run } from "./scenarios.mjs";

const client = new OpenAI({ baseURL: BASE_URL, apiKey: "unused", maxRetries: 0 });
const tools = [{ type: "function", name: "send_mail", parameters: PARAMETERS, strict: false }];
const Mail = z.object({ to: z.string(), subject: z.string() });
const ask = (scenario, more = {}, options = {}) =>
  client.responses.create({ model: model(scenario), input: ASK, store: false, ...more }, options);

await run({
  async chat() {
    const answer = await ask("chat");
    restored(answer.output_text);
    expect(answer.usage.total_tokens === 7, answer.usage);
  },
  async streaming() {
    let text = "";
    let whole;
    for await (const event of await ask("streaming", { stream: true })) {
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.completed") whole = event.response;
    }
    restored(text);
    restored(whole.output[0].content[0].text);
  },
  async tools() {
    let args = "";
    for await (const event of await ask("tools", { tools, stream: true })) {
      if (event.type === "response.function_call_arguments.delta") args += event.delta;
    }
    expect(JSON.parse(args).to === ADDRESS, args);
    const [call] = (await ask("tools", { tools })).output;
    expect(JSON.parse(call.arguments).to === ADDRESS, call);
    const result = { type: "function_call_output", call_id: call.call_id, output: `sent to ${ADDRESS}` };
    const input = [{ role: "user", content: ASK }, call, result];
    restored((await ask("tools", { tools, input })).output_text);
  },
  async structured() {
    const asked = { model: model("structured"), input: ASK, store: false, text: { format: zodTextFormat(Mail, "mail") } };
    const answer = await client.responses.parse(asked);
    expect(answer.output_parsed.to === ADDRESS, answer);
  },
  async vision() {
    const picture = { type: "input_image", detail: "auto", image_url: `data:image/png;base64,${PIXEL}` };
    const input = [{ role: "user", content: [{ type: "input_text", text: ASK }, picture] }];
    restored((await ask("vision", { input })).output_text);
  },
  async errors() {
    const error = await fails((e) => e instanceof OpenAI.BadRequestError, () => ask("error"));
    expect(!error.message.includes(ADDRESS), error.message);
  },
  async retries() {
    restored((await ask("retry", {}, { maxRetries: 1 })).output_text);
  },
  async timeouts() {
    await fails((e) => e instanceof OpenAI.APIConnectionTimeoutError, () => ask("timeout", {}, { timeout: 1000 }));
  },
  async cancellation() {
    for await (const event of await ask("cancel", { stream: true })) {
      if (event.type === "response.output_text.delta") break;
    }
  },
});
