import { column, type TableSchema } from "./schema.js";

const ns = { unit: "ns" };

export const heyRequestsSchema: TableSchema = {
  name: "hey_requests",
  doc: "The requests that hey had an answer to, in the order of the answers; times are printed to 0.1 ms.",
  columns: [
    column("start_ns", "float64", "since the run began", ns),
    column("dur_ns", "float64", "from the request's start to the end of the answer", ns),
    column(
      "connect_ns",
      "float64",
      "looking up the name and connecting; 0 on a connection that was kept",
      ns,
    ),
    column("dns_ns", "float64", "looking up the name", ns),
    column("write_ns", "float64", "writing the request", ns),
    column("delay_ns", "float64", "from the request written to the answer's first byte", ns),
    column("read_ns", "float64", "reading the answer", ns),
    column("status", "float64", "HTTP status"),
  ],
};
