// The language service's process: answers beside a session that may be busy.

import type { LanguageAnswer, LanguageRequest } from "./messages.js";
import { NotebookLanguage } from "./notebook-language.js";

let language: NotebookLanguage | undefined;

process.on("message", (request: LanguageRequest) => {
  if (request.type === "start") language = new NotebookLanguage(request.cwd, request.strict);
  else if (request.type === "cell") safely(() => language?.add(request.number, request.code));
  else {
    const value = safely(() => answer(request)) ?? null;
    process.send?.({ call: request.call, value } satisfies LanguageAnswer);
  }
});
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => undefined);

function answer(request: Extract<LanguageRequest, { call: number }>): LanguageAnswer["value"] {
  if (!language) return null;
  if (request.type === "complete") return language.complete(request.code, request.offset);
  if (request.type === "inspect") return language.inspect(request.code, request.offset);
  if (request.type === "checkCell") return language.checkCell(request.number, request.code);
  return language.check(request.code);
}

// Half-written code can be anything; what the service makes nothing of has no answer.
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
