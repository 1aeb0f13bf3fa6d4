// Posts to the server, and asks it (POST /api/ask): by events while an answer is written, or for the whole answer at once where
// something between holds events back. Nothing here draws.

// Seconds after the response has begun within which its first event must come; the server sends both together.
const HELD = 6;
// Servers whose events do not arrive.
const silent = new Set();

// Why there is no answer: `kind` is a key of the texts, `detail` the server's own words, `wait` seconds to wait.
class Fault extends Error {
  constructor(kind, detail = "", wait = 0) {
    super(detail || kind);
    Object.assign(this, { kind, detail, wait });
  }
}

// Yields batches of events, each as [name, value]; the last one is an "answer" or an "error".
async function* ask(server, body, signal) {
  if (!silent.has(server)) {
    try {
      for await (const events of streamed(server, body, signal)) {
        yield events;
        if (["answer", "error"].includes(events.at(-1)?.[0])) return;
      }
    } catch (error) {
      if (error instanceof Fault || signal.aborted) throw error;
    }
    silent.add(server);
  }
  const response = await post(server, "api/ask", body, { signal });
  yield [["answer", await response.json()]];
}

async function* streamed(server, body, signal) {
  const held = new AbortController();
  const either = { signal: AbortSignal.any([signal, held.signal]), accept: "text/event-stream" };
  const response = await post(server, "api/ask", body, either);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    yield [["answer", await response.json()]];
    return;
  }
  const timer = setTimeout(() => held.abort(), HELD * 1000);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      text += decoder.decode(part.value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop();
      const events = blocks.map(parsed).filter(Boolean);
      if (events.length) yield events;
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}

// One event as [name, value]; null for a comment.
function parsed(block) {
  const lines = block.split(/\r?\n/);
  const field = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
  const data = field("data").join("\n");
  return data ? [field("event")[0], JSON.parse(data)] : null;
}

// The response to a body of JSON; throws a Fault if there is none, or it is none that was wanted.
async function post(server, path, body, { signal, accept = "application/json" } = {}) {
  let response;
  try {
    response = await fetch(new URL(path, server), {
      method: "POST", signal, body: JSON.stringify(body), headers: { accept, "content-type": "application/json" },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    console.warn(`citecast: ${server} cannot be reached from ${location.origin}; is that in its setting "origins"?`);
    throw new Fault("unreachable");
  }
  if (response.ok) return response;
  const { detail } = await response.json().catch(() => ({}));
  const said = Array.isArray(detail) ? detail[0]?.msg : detail;
  const kind = { 403: "refused", 422: "unaskable", 429: "often", 503: "busy", 504: "late", 507: "full" }[response.status];
  throw new Fault(kind || "failed", kind === "unaskable" ? said : "", waiting(response.headers.get("retry-after")));
}

// Seconds that a Retry-After header asks for: a number or a date.
function waiting(header) {
  if (!header) return 0;
  const seconds = Number(header);
  const until = Number.isNaN(seconds) ? (Date.parse(header) - Date.now()) / 1000 : seconds;
  return Math.min(Math.max(Math.ceil(until) || 0, 0), 3600);
}
