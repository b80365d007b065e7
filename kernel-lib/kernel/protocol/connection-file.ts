import { readFile } from "node:fs/promises";

/** What a front end tells a kernel of where to listen and how messages are signed. */
export interface Connection {
  transport: string;
  ip: string;
  shell_port: number;
  control_port: number;
  stdin_port: number;
  iopub_port: number;
  hb_port: number;
  key: string;
  signature_scheme: string;
}

/** Reads a connection file; throws an error that names what is missing. */
export async function readConnection(path: string): Promise<Connection> {
  const given = JSON.parse(await readFile(path, "utf8")) as Partial<Connection>;
  const ports = ["shell_port", "control_port", "stdin_port", "iopub_port", "hb_port"] as const;
  const missing = ports.filter((port) => !Number.isInteger(given[port]));
  if (missing.length > 0) throw new Error(`${path}: no ${missing.join(", ")} in the connection file`);
  return {
    transport: "tcp",
    ip: "127.0.0.1",
    key: "",
    signature_scheme: "hmac-sha256",
    ...given,
  } as Connection;
}

/** The address of one of the connection's sockets. */
export function address({ transport, ip }: Connection, port: number): string {
  return transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
}
