// Preloaded into the conformance suite, which imports a function by name that node has since 22, and that it needs for
// other things than testing a server.
import { register } from "node:module";

const whole = 'export * from "node:fs"; export { default } from "node:fs"; export const globSync = undefined;';

register(
  "data:text/javascript," +
    encodeURIComponent(`
      const address = ${JSON.stringify("data:text/javascript," + encodeURIComponent(whole))};
      export async function resolve(name, context, next) {
        const asks = context.parentURL?.includes("/@modelcontextprotocol/conformance/");
        return name === "fs" && asks ? { url: address, shortCircuit: true } : next(name, context);
      }
    `),
);
