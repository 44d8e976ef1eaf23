// The official OpenAI SDK for Node, chat completions.
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { ADDRESS, ASK, BASE_URL, PARAMETERS, PIXEL, expect, fails, model, restored, run } from "./scenarios.mjs";

const client = new OpenAI({ baseURL: BASE_URL, apiKey: "unused", maxRetries: 0 });
const messages = [{ role: "user", content: ASK }];
const tools = [{ type: "function", function: { name: "send_mail", parameters: PARAMETERS } }];
const Mail = z.object({ to: z.string(), subject: z.string() });

await run({
  async chat() {
    const answer = await client.chat.completions.create({ model: model("chat"), messages });
    restored(answer.choices[0].message.content);
    expect(answer.usage.total_tokens === 7, answer.usage);
  },
  async streaming() {
    let text = "";
    const stream = await client.chat.completions.create({ model: model("streaming"), messages, stream: true });
    for await (const event of stream) text += event.choices[0]?.delta?.content ?? "";
    restored(text);
  },
  async tools() {
    const stream = client.chat.completions.stream({ model: model("tools"), messages, tools });
    const message = (await stream.finalChatCompletion()).choices[0].message;
    const [call] = message.tool_calls;
    expect(JSON.parse(call.function.arguments).to === ADDRESS, call);
    const result = { role: "tool", tool_call_id: call.id, content: `sent to ${ADDRESS}` };
    const history = [...messages, message, result];
    const answer = await client.chat.completions.create({ model: model("tools"), messages: history, tools });
    restored(answer.choices[0].message.content);
  },
  async structured() {
    const response_format = zodResponseFormat(Mail, "mail");
    const answer = await client.chat.completions.parse({ model: model("structured"), messages, response_format });
    expect(answer.choices[0].message.parsed.to === ADDRESS, answer);
  },
  async vision() {
    const picture = { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } };
    const content = [{ type: "text", text: ASK }, picture];
    const asked = client.chat.completions.create({ model: model("vision"), messages: [{ role: "user", content }] });
    const { data, response } = await asked.withResponse();
    expect(response.headers.get("x-privacy-zone") === "local", response.headers.get("x-privacy-zone"));
    restored(data.choices[0].message.content);
  },
  async errors() {
    const act = () => client.chat.completions.create({ model: model("error"), messages });
    const error = await fails((e) => e instanceof OpenAI.BadRequestError, act);
    expect(!error.message.includes(ADDRESS), error.message);
    expect(error.code === "invalid_value", error.code);
  },
  async retries() {
    const answer = await client.chat.completions.create({ model: model("retry"), messages }, { maxRetries: 1 });
    restored(answer.choices[0].message.content);
  },
  async timeouts() {
    const act = () => client.chat.completions.create({ model: model("timeout"), messages }, { timeout: 1000 });
    await fails((e) => e instanceof OpenAI.APIConnectionTimeoutError, act);
  },
  async cancellation() {
    const stream = await client.chat.completions.create({ model: model("cancel"), messages, stream: true });
    for await (const event of stream) if (event.choices[0]?.delta?.content) break;
  },
});
