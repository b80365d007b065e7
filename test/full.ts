/**
 * Whether everything is to be tested. `npm test` of a newcomer takes minutes and needs Node alone; a test that takes
 * longer than a few seconds, or needs Go, a browser, Python, Redis or any other tool, runs under TRACEBOOK_FULL=1,
 * which .ci/run sets, and is skipped without it.
 */
export const full: boolean = process.env.TRACEBOOK_FULL === "1";
