import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { full } from "../full.js";

const places = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** A Chromium of this machine; undefined where there is none, or not everything is to be tested. */
export const browserPath: string | undefined = full
  ? places.find((path) => path && existsSync(path))
  : undefined;

/** Starts it without a window, and without asking anything of the network by itself. */
export function launchBrowser(): Promise<Browser> {
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ];
  return chromium.launch({ executablePath: browserPath, args });
}
