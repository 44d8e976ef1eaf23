// The official Anthropic SDK for Node, Messages.
import Anthropic from "@anthropic-ai/sdk";
import { ADDRESS, ASK, BASE_URL, PARAMETERS, PIXEL, expect, fails, model, restored, run } from "./scenarios.mjs";

const client = new Anthropic({ baseURL: BASE_URL.replace(/\/v1$/, ""), apiKey: "unused", maxRetries: 0 });
const messages = [{ role: "user", content: ASK }];
const tools = [{ name: "send_mail", input_schema: PARAMETERS }];
const request = (scenario, more = {}) => ({ model: model(scenario), max_tokens: 100, messages, ...more });
const ask = (scenario, more = {}, options = {}) => client.messages.create(request(scenario, more), options);

await run({
  async chat() {
    const answer = await ask("chat", { system: "Be brief." });
    restored(answer.content[0].text);
    expect(answer.usage.output_tokens === 4, answer.usage);
  },
  async streaming() {
    restored(await client.messages.stream(request("streaming")).finalText());
  },
  async tools() {
    const streamed = await client.messages.stream(request("tools", { tools })).finalMessage();
    expect(streamed.content[0].input.to === ADDRESS, streamed);
    const first = await ask("tools", { tools });
    const [call] = first.content;
    expect(call.input.to === ADDRESS, call);
    const result = { type: "tool_result", tool_use_id: call.id, content: `sent to ${ADDRESS}` };
    const turns = [{ role: "assistant", content: first.content }, { role: "user", content: [result] }];
    restored((await ask("tools", { tools, messages: [...messages, ...turns] })).content[0].text);
  },
  async structured() {
    const schema = {
      type: "object",
      properties: { to: { type: "string" }, subject: { type: "string" } },
      required: ["to", "subject"],
      additionalProperties: false,
    };
    const answer = await ask("structured", { output_config: { format: { type: "json_schema", schema } } });
    expect(JSON.parse(answer.content[0].text).to === ADDRESS, answer);
  },
  async vision() {
    const picture = { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } };
    const content = [{ type: "text", text: ASK }, picture];
    const { data, response } = await ask("vision", { messages: [{ role: "user", content }] }).withResponse();
    expect(response.headers.get("x-privacy-zone") === "local", response.headers.get("x-privacy-zone"));
    restored(data.content[0].text);
  },
  async errors() {
    const error = await fails((e) => e instanceof Anthropic.BadRequestError, () => ask("error"));
    expect(!error.message.includes(ADDRESS), error.message);
    expect(error.error.type === "error", error.error);
  },
  async retries() {
    restored((await ask("retry", {}, { maxRetries: 1 })).content[0].text);
  },
  async timeouts() {
    await fails((e) => e instanceof Anthropic.APIConnectionTimeoutError, () => ask("timeout", {}, { timeout: 1000 }));
  },
  async cancellation() {
    for await (const event of await ask("cancel", { stream: true })) {
      if (event.type === "content_block_delta") break;
    }
  },
});
