// What every Node client is asked to do: run by compat/run.py, one JSON line a scenario on standard output.

export const ADDRESS = process.env.COMPAT_ADDRESS;
export const BASE_URL = process.env.COMPAT_BASE_URL;
export const ASK = `Write to ${ADDRESS} that her parcel is ready.`;
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
export const PARAMETERS = { type: "object", properties: { to: { type: "string" } }, required: ["to"] };

export const model = (scenario) => `${process.env.COMPAT_CLIENT}/${scenario}`;

export function expect(condition, what = "") {
  if (!condition) throw new Error(`got ${JSON.stringify(what)}`);
}

export function restored(text) {
  expect(text === `Dear ${ADDRESS}, your parcel is ready.`, text);
}

export async function fails(test, act) {
  let result;
  try {
    result = await act();
  } catch (error) {
    expect(test(error), `${error?.name}: ${error?.message}`);
    return error;
  }
  throw new Error(`nothing was raised, got ${JSON.stringify(result)}`);
}

export async function run(scenarios) {
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(scenarios);
  for (const scenario of wanted) {
    let said;
    try {
      await scenarios[scenario]();
      said = { scenario, ok: true };
    } catch (error) {
      said = { scenario, ok: false, detail: `${error?.name}: ${error?.message}`.slice(0, 600) };
    }
    console.log(JSON.stringify(said));
  }
}
