// The Vercel AI SDK: its OpenAI provider with chat completions, with Responses, and its Anthropic provider.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { Output, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { ADDRESS, ASK, BASE_URL, PIXEL, expect, fails, model, restored, run } from "./scenarios.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;
const settings = { baseURL: BASE_URL, apiKey: "unused" };
const apis = {
  chat: (name) => createOpenAI(settings).chat(name),
  responses: (name) => createOpenAI(settings).responses(name),
  messages: (name) => createAnthropic(settings).messages(name),
};
const api = apis[process.env.COMPAT_CLIENT.split("-").pop()];
// The Responses provider refers to earlier items by id unless nothing is stored.
const providerOptions = { openai: { store: false } };
const ask = (scenario, more = {}) => ({
  model: api(model(scenario)),
  prompt: ASK,
  maxRetries: 0,
  providerOptions,
  ...more,
});

await run({
  async chat() {
    const answer = await generateText(ask("chat"));
    restored(answer.text);
    expect(answer.usage.outputTokens === 4, answer.usage);
  },
  async streaming() {
    let text = "";
    for await (const piece of streamText(ask("streaming")).textStream) text += piece;
    restored(text);
  },
  async tools() {
    const given = [];
    const send_mail = tool({
      inputSchema: z.object({ to: z.string() }),
      execute: async ({ to }) => {
        given.push(to);
        return `sent to ${to}`;
      },
    });
    const answer = await generateText(ask("tools", { tools: { send_mail }, stopWhen: stepCountIs(3) }));
    expect(given.length === 1 && given[0] === ADDRESS, given);
    restored(answer.text);
  },
  async structured() {
    const schema = jsonSchema({
      type: "object",
      properties: { to: { type: "string" }, subject: { type: "string" } },
      required: ["to", "subject"],
      additionalProperties: false,
    });
    const { output } = await generateText(ask("structured", { output: Output.object({ schema }) }));
    expect(output.to === ADDRESS, output);
  },
  async vision() {
    const picture = { type: "image", image: `data:image/png;base64,${PIXEL}` };
    const content = [{ type: "text", text: ASK }, picture];
    const answer = await generateText(ask("vision", { prompt: undefined, messages: [{ role: "user", content }] }));
    restored(answer.text);
  },
  async errors() {
    const error = await fails((e) => e.statusCode === 400, () => generateText(ask("error")));
    expect(!JSON.stringify([error.message, error.responseBody]).includes(ADDRESS), error.responseBody);
  },
  async retries() {
    restored((await generateText(ask("retry", { maxRetries: 1 }))).text);
  },
  async timeouts() {
    const abortSignal = AbortSignal.timeout(1000);
    await fails((e) => e.name === "TimeoutError" || e.name === "AbortError", () =>
      generateText(ask("timeout", { abortSignal })),
    );
  },
  async cancellation() {
    const controller = new AbortController();
    const { textStream } = streamText(ask("cancel", { abortSignal: controller.signal, onError() {} }));
    for await (const piece of textStream) {
      if (piece) break;
    }
    controller.abort();
  },
});
