/**
 * What glibc's allocator is told by a session's environment: to give memory back soon, as what compiling cells takes and
 * frees would add up to tens of MiB otherwise. Blocks below the mapping threshold are reused, which keeps this as fast as
 * its own defaults.
 */
export const allocatorSettings: Readonly<Record<string, string>> = {
  MALLOC_TRIM_THRESHOLD_: "1048576",
  MALLOC_MMAP_THRESHOLD_: "4194304",
};

/** Takes the settings, which the allocator has read by then, out of what cells and the processes they start see. */
export function hideAllocatorSettings(): void {
  for (const [name, value] of Object.entries(allocatorSettings)) {
    if (process.env[name] === value) delete process.env[name];
  }
}
